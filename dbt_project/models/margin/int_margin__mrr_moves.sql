-- One row per step of a subscription's monthly revenue: its start, each change, its end.
{% set one_subscription = "steps.subscription_id order by steps.on_date, steps.position" %}

with
    run as (select as_of from {{ source("quality", "run") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    subscriptions as (
        select
            subscriptions.subscription_id,
            subscriptions.account_id,
            case
                when subscriptions.partner_id is null then 'direct' else {{ known_partner() }}
            end as partner_id,
            case
                when subscriptions.partner_id is null
                then 'none'
                else coalesce(subscriptions.partner_role, 'none')
            end as partner_role,
            subscriptions.end_reason,
            subscriptions.currency,
            subscriptions.mrr_cents,
            subscriptions.started_on,
            subscriptions.ended_on
        from {{ ref("stg_billing__subscriptions") }} as subscriptions
        left join partners on subscriptions.partner_id = partners.partner_id
        where subscriptions.ended_on is null or subscriptions.started_on < subscriptions.ended_on
    ),

    -- A change dated before the first day holds from that day on; of one day the last one counts.
    changes as (
        select
            changes.subscription_id,
            changes.currency,
            changes.mrr_cents,
            greatest(changes.changed_on, subscriptions.started_on) as on_date
        from {{ ref("stg_billing__subscription_changes") }} as changes
        inner join subscriptions on changes.subscription_id = subscriptions.subscription_id
        where subscriptions.ended_on is null or changes.changed_on < subscriptions.ended_on
        qualify
            row_number() over (
                partition by
                    changes.subscription_id, greatest(changes.changed_on, subscriptions.started_on)
                order by changes.changed_on desc, changes.change_id desc
            )
            = 1
    ),

    -- Who changes over to another subscription has neither left nor come; who changes over to none
    -- has left.
    migrated as (
        select distinct ended.subscription_id, ended.account_id, ended.ended_on as on_date
        from subscriptions as ended
        inner join
            subscriptions as others
            on ended.account_id = others.account_id
            and ended.subscription_id <> others.subscription_id
            and others.started_on <= ended.ended_on
            and (others.ended_on is null or ended.ended_on < others.ended_on)
        where ended.end_reason = 'migrated'
    ),

    migrations as (select distinct account_id, on_date from migrated),

    steps as (
        select
            subscriptions.subscription_id,
            subscriptions.started_on as on_date,
            1 as position,
            case when migrations.account_id is null then 'new' else 'moved' end as step,
            subscriptions.currency,
            subscriptions.mrr_cents
        from subscriptions
        left join
            migrations
            on subscriptions.account_id = migrations.account_id
            and subscriptions.started_on = migrations.on_date
        union all
        select subscription_id, on_date, 2, 'changed', currency, mrr_cents
        from changes
        union all
        select
            subscriptions.subscription_id,
            subscriptions.ended_on,
            3,
            case when migrated.subscription_id is null then 'churned' else 'moved' end,
            subscriptions.currency,
            0
        from subscriptions
        left join migrated on subscriptions.subscription_id = migrated.subscription_id
        where subscriptions.ended_on is not null
    ),

    followed as (
        select
            steps.*,
            coalesce(
                lag(steps.mrr_cents) over (partition by {{ one_subscription }}), 0
            ) as mrr_cents_before,
            coalesce(
                lag(steps.currency) over (partition by {{ one_subscription }}), steps.currency
            ) as currency_before
        from steps
    ),

    -- What there was before and what there is after, both at the rate of the day.
    after_it as (
        select
            followed.subscription_id,
            followed.on_date,
            followed.step,
            followed.mrr_cents,
            followed.currency as currency_after,
            followed.mrr_cents_before,
            followed.currency_before as currency,
            case
                when followed.mrr_cents = 0
                then 0
                else {{ converted_cents("followed", "mrr_cents") }}
            end as after_cents
        from followed {{ conversion_joins("followed", "followed.on_date") }}
    ),

    final as (
        select
            after_it.subscription_id,
            subscriptions.account_id,
            subscriptions.partner_id,
            subscriptions.partner_role,
            after_it.on_date,
            after_it.step,
            -- What it moves to, and where that is nothing what it moves from.
            case
                when after_it.mrr_cents = 0 then after_it.currency else after_it.currency_after
            end as currency,
            case
                when after_it.mrr_cents = 0 then after_it.mrr_cents_before else after_it.mrr_cents
            end as mrr_cents,
            after_it.after_cents - case
                when after_it.mrr_cents_before = 0
                then 0
                else {{ converted_cents("after_it", "mrr_cents_before") }}
            end as delta_cents
        from after_it {{ conversion_joins("after_it", "after_it.on_date") }}
        inner join subscriptions on after_it.subscription_id = subscriptions.subscription_id
        cross join run
        where after_it.on_date <= run.as_of
    )

select *
from final
