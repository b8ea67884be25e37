-- One row per opportunity and partner with a touch on it or a registration matched to it.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }}),

    touches as (select * from {{ ref("int_attribution__touches") }}),

    registrations as (select * from {{ ref("int_attribution__registrations") }}),

    outcomes as (select * from {{ ref("int_attribution__outcome_spans") }} where until_at is null),

    pairs as (
        select opportunity_id, partner_id
        from touches
        union
        select opportunity_id, partner_id
        from registrations
    ),

    -- Of several registrations the failure that stands first in the list speaks for the partner.
    failures as (
        select opportunity_id, partner_id, coalesce(failure, 'lost_tie') as failure
        from registrations
        qualify
            row_number() over (
                partition by opportunity_id, partner_id
                order by
                    case
                        failure
                        when 'registration_pending'
                        then 1
                        when 'registration_rejected'
                        then 2
                        when 'invalid_reopen'
                        then 3
                        when 'registration_expired'
                        then 4
                        when 'registered_too_late'
                        then 5
                        when 'already_direct'
                        then 6
                        else 7
                    end,
                    registration_id
            )
            = 1
    ),

    judged as (
        select
            pairs.opportunity_id,
            pairs.partner_id,
            coalesce(outcomes.outcome, 'not_attributed') as outcome,
            case
                when outcomes.outcome = 'sourced'
                then 'registered_first'
                when outcomes.outcome = 'influenced'
                then 'participated'
                when not touches.has_touch_in_time
                then 'only_after_close'
                when touches.has_implementation_or_support
                then 'implementation_or_support_only'
                when touches.has_touch_in_time
                then 'mention_only'
                else 'no_touch'
            end as reason,
            case
                when coalesce(outcomes.outcome, 'not_attributed') <> 'sourced' then failures.failure
            end as sourced_failure,
            outcomes.since_at
        from pairs
        left join
            outcomes
            on pairs.opportunity_id = outcomes.opportunity_id
            and pairs.partner_id = outcomes.partner_id
        left join
            touches
            on pairs.opportunity_id = touches.opportunity_id
            and pairs.partner_id = touches.partner_id
        left join
            failures
            on pairs.opportunity_id = failures.opportunity_id
            and pairs.partner_id = failures.partner_id
    ),

    -- A close after the as-of date has not happened yet.
    final as (
        select
            judged.opportunity_id,
            judged.partner_id,
            judged.outcome,
            judged.reason,
            judged.sourced_failure,
            opportunities.amount_reporting_cents as amount_cents,
            case
                judged.outcome
                when 'sourced'
                then
                    {{
                        round_to_cents(
                            "opportunities.amount_reporting_cents * opportunities.sourced_credit_share"
                        )
                    }}
                when 'influenced'
                then
                    {{
                        round_to_cents(
                            "opportunities.amount_reporting_cents * opportunities.influenced_credit_share"
                        )
                    }}
                else 0
            end as credit_cents,
            opportunities.is_won
            and (
                opportunities.closed_at is null or opportunities.closed_at < run.as_of_end
            ) as is_won,
            opportunities.is_closed
            and (
                opportunities.closed_at is null or opportunities.closed_at < run.as_of_end
            ) as is_closed,
            judged.since_at,
            case
                when opportunities.closed_at < run.as_of_end
                then cast(opportunities.closed_at as date)
            end as closed_on
        from judged
        inner join opportunities on judged.opportunity_id = opportunities.opportunity_id
        cross join run
    )

select *
from final
