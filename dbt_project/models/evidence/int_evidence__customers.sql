-- One row per partner, account and span of period ends at which the account was the partner's
-- customer when the window began.
with
    windows as (select * from {{ ref("metrics") }} where metric_key = 'customer_retention'),

    subscriptions as (
        select distinct
            partner_id,
            account_id,
            cast(started_on as timestamp) as started_at,
            cast(ended_on as timestamp) as ended_at
        from {{ ref("stg_billing__subscriptions") }}
        where partner_id is not null
    ),

    -- What stands at an instant began before it and has not ended before it.
    holdings as (
        select
            partner_id,
            account_id,
            started_at as from_at,
            ended_at as until_at,
            0 as held_then,
            1 as held_now
        from subscriptions
        union all
        select
            subscriptions.partner_id,
            subscriptions.account_id,
            greatest(
                {{
                    last_end_reaching(
                        "subscriptions.started_at",
                        "windows.window_months",
                        "windows.window_days",
                    )
                }},
                cast(windows.valid_from as timestamp)
            ),
            least(
                {{
                    last_end_reaching(
                        "subscriptions.ended_at", "windows.window_months", "windows.window_days"
                    )
                }},
                cast(windows.valid_to as timestamp)
            ),
            1,
            0
        from subscriptions
        cross join windows
    ),

    standing as (
        {{ standing_spans("holdings", ["partner_id", "account_id"], ["held_then", "held_now"]) }}
    ),

    final as (
        select
            'customer_retention' as metric_key,
            partner_id,
            cast(null as date) as rules_from,
            'crm.accounts' as entity,
            account_id as entity_id,
            false as is_event,
            from_at as happened_at,
            from_at,
            until_at,
            case when held_now > 0 then 1 else 0 end as numerator,
            1 as denominator,
            cast(null as bigint) as amount_cents
        from standing
        where held_then > 0
    )

select *
from final
