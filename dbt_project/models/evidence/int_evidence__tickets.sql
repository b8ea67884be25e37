-- One row per metric and customer's ticket that counts in it; for first response, also per set of
-- scoring rules.
{{ config(materialized="view") }}

with
    tickets as (select * from {{ ref("int_partner__customer_tickets") }}),

    targets as (
        select rules.rules_from, targets.priority, targets.target_hours
        from {{ ref("int_scoring_rules") }} as rules
        inner join
            {{ ref("partner_response_targets") }} as targets
            on {{ is_in_force("targets", "rules.rules_from") }}
        where rules.rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    due as (
        select
            tickets.*,
            targets.rules_from,
            {{ timestamp_plus_hours("tickets.opened_at", "targets.target_hours") }} as due_at
        from tickets
        inner join targets on tickets.priority = targets.priority
    ),

    -- Judged once it is answered or overdue, whichever came first.
    final as (
        select
            'first_response' as metric_key,
            partner_id,
            rules_from,
            'support.tickets' as entity,
            ticket_id as entity_id,
            true as is_event,
            opened_at as happened_at,
            greatest(opened_at, least(first_response_at, due_at)) as from_at,
            cast(null as timestamp) as until_at,
            case when first_response_at <= due_at then 1 else 0 end as numerator,
            1 as denominator,
            cast(null as bigint) as amount_cents
        from due
        union all
        select
            'reopen_rate',
            partner_id,
            cast(null as date),
            'support.tickets',
            ticket_id,
            true,
            opened_at,
            greatest(opened_at, solved_at),
            cast(null as timestamp),
            case when reopened_count > 0 then 1 else 0 end,
            1,
            cast(null as bigint)
        from tickets
        where solved_at is not null
        union all
        select
            'csat',
            partner_id,
            cast(null as date),
            'support.tickets',
            ticket_id,
            true,
            opened_at,
            opened_at,
            cast(null as timestamp),
            case when satisfaction = 'good' then 1 else 0 end,
            1,
            cast(null as bigint)
        from tickets
        where satisfaction in ('good', 'bad')
    )

select *
from final
