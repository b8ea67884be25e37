-- One row per subscription of a won deal and loss of what it began with, with the share that goes
-- back.
with
    run as (select as_of from {{ source("quality", "run") }}),

    deals as (select distinct opportunity_id, closed_on from {{ ref("int_commission__deals") }}),

    subscriptions as (
        select
            subscriptions.subscription_id,
            subscriptions.opportunity_id,
            deals.closed_on,
            subscriptions.currency,
            greatest(subscriptions.mrr_cents, 0) as mrr_cents,
            subscriptions.mrr_reporting_cents,
            coalesce(subscriptions.end_reason, 'churn') as end_reason,
            subscriptions.started_on,
            case
                when subscriptions.ended_on <= run.as_of then subscriptions.ended_on
            end as ended_on
        from {{ ref("stg_billing__subscriptions") }} as subscriptions
        inner join deals on subscriptions.opportunity_id = deals.opportunity_id
        cross join run
    ),

    changes as (select * from {{ ref("stg_billing__subscription_changes") }}),

    terms as (select * from {{ ref("clawback") }}),

    -- Subscriptions of one deal are weighed in one currency.
    weighed as (
        select
            *,
            case
                when
                    min(currency) over (partition by opportunity_id)
                    = max(currency) over (partition by opportunity_id)
                then mrr_cents
                else coalesce(greatest(mrr_reporting_cents, 0), 0)
            end as own_cents
        from subscriptions
    ),

    -- One that was migrated lives on in its successor, and is no part of the deal beside it.
    wholes as (
        select
            *,
            count(*) over (partition by opportunity_id) as subscriptions,
            coalesce(
                nullif(
                    sum(
                        case
                            when ended_on is null or end_reason <> 'migrated' then own_cents else 0
                        end
                    ) over (partition by opportunity_id),
                    0
                ),
                sum(own_cents) over (partition by opportunity_id)
            ) as deal_cents
        from weighed
    ),

    -- Of several changes on a day the last stands; one in another currency says nothing here.
    daily_changes as (
        select
            wholes.subscription_id, changes.changed_on, greatest(changes.mrr_cents, 0) as mrr_cents
        from wholes
        inner join
            changes
            on wholes.subscription_id = changes.subscription_id
            and wholes.currency = changes.currency
        cross join run
        where
            changes.changed_on <= run.as_of
            and (wholes.ended_on is null or changes.changed_on < wholes.ended_on)
        qualify
            row_number() over (
                partition by wholes.subscription_id, changes.changed_on
                order by changes.change_id desc
            )
            = 1
    ),

    -- The least it ever was: what was lost once is not lost again, what came on top was never
    -- paid for.
    lowest as (
        select
            subscription_id,
            changed_on,
            min(mrr_cents) over (
                partition by subscription_id
                order by changed_on
                rows between unbounded preceding and current row
            ) as lowest_cents,
            min(mrr_cents) over (
                partition by subscription_id
                order by changed_on
                rows between unbounded preceding and 1 preceding
            ) as lowest_before_cents
        from daily_changes
    ),

    remaining as (
        select subscription_id, min(lowest_cents) as lowest_cents
        from lowest
        group by subscription_id
    ),

    events as (
        select
            wholes.opportunity_id,
            wholes.subscription_id,
            'downgrade' as reason,
            lowest.changed_on as happened_on,
            wholes.started_on,
            wholes.closed_on,
            wholes.mrr_cents,
            wholes.own_cents,
            wholes.deal_cents,
            wholes.subscriptions,
            least(wholes.mrr_cents, coalesce(lowest.lowest_before_cents, wholes.mrr_cents))
            - least(wholes.mrr_cents, lowest.lowest_cents) as lost_cents
        from wholes
        inner join lowest on wholes.subscription_id = lowest.subscription_id

        union all

        select
            wholes.opportunity_id,
            wholes.subscription_id,
            case when wholes.end_reason = 'fraud' then 'fraud' else 'cancelled' end as reason,
            wholes.ended_on as happened_on,
            wholes.started_on,
            wholes.closed_on,
            wholes.mrr_cents,
            wholes.own_cents,
            wholes.deal_cents,
            wholes.subscriptions,
            least(
                wholes.mrr_cents, coalesce(remaining.lowest_cents, wholes.mrr_cents)
            ) as lost_cents
        from wholes
        left join remaining on wholes.subscription_id = remaining.subscription_id
        where wholes.ended_on is not null and wholes.end_reason <> 'migrated'
    ),

    -- Of a deal that began with nothing, every subscription that ends is an equal part. One that
    -- ends
    -- with nothing left ends all the same: cash was shared on it. Fraud loses all of the deal,
    -- whatever was left of it.
    aged as (
        select
            *,
            greatest({{ days_between("started_on", "happened_on") }}, 0) as days_in,
            case
                when deal_cents = 0 or reason = 'fraud'
                then 1
                else
                    coalesce(
                        {{
                            divide_half_away(
                                "own_cents * cast(lost_cents as " ~ wide_integer() ~ ")",
                                "mrr_cents",
                            )
                        }},
                        0
                    )
            end as lost_parts,
            case
                when reason = 'fraud' then 1 when deal_cents = 0 then subscriptions else deal_cents
            end as lost_whole
        from events
        where reason <> 'downgrade' or (lost_cents > 0 and deal_cents > 0)
    ),

    -- Shares run straight between two days: a share of a stretch, exact as a fraction.
    final as (
        select
            aged.opportunity_id,
            aged.subscription_id,
            aged.reason,
            aged.happened_on,
            aged.days_in,
            case
                when terms.until_day is null
                then {{ scaled_integer("terms.share_from") }}
                else
                    {{ scaled_integer("terms.share_from") }} * (terms.until_day - aged.days_in)
                    + {{ scaled_integer("terms.share_until") }} * (aged.days_in - terms.from_day)
            end as share_parts,
            cast(1000000000 as {{ wide_integer() }})
            * coalesce(terms.until_day - terms.from_day, 1) as share_whole,
            cast(aged.lost_parts as {{ wide_integer() }}) as lost_parts,
            cast(aged.lost_whole as {{ wide_integer() }}) as lost_whole
        from aged
        inner join
            terms
            on aged.reason = terms.reason
            and terms.from_day <= aged.days_in
            and (terms.until_day is null or aged.days_in < terms.until_day)
            and {{ is_in_force("terms", "aged.closed_on") }}
    )

select *
from final
where share_parts > 0
