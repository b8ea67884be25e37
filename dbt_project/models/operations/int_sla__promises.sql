-- One row per thing a partner raised and kind of service level it is held against.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    tickets as (select * from {{ ref("stg_support__tickets") }} where raised_by = 'partner'),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    claims as (select * from {{ ref("int_registration__claims") }}),

    tier_spans as (select * from {{ ref("int_partner__tier_spans") }}),

    support_sla as (select * from {{ ref("support_sla") }}),

    -- Without the column that tells the answer nobody can say how long it took.
    blind as (
        select distinct
            case
                column_name
                when 'first_response_at'
                then 'first_response'
                when 'solved_at'
                then 'escalation'
                else 'deal_registration'
            end as kind
        from {{ source("quality", "columns") }}
        where
            state in ('absent', 'vanished')
            and (
                (
                    system = 'support'
                    and entity = 'tickets'
                    and column_name in ('first_response_at', 'solved_at')
                )
                or (
                    system = 'crm'
                    and entity = 'deal_registrations'
                    and column_name in ('responded_at', 'decision')
                )
            )
    ),

    -- The source dates no escalation: it counts from the opening, until the ticket is solved.
    raised as (
        select
            'first_response' as kind,
            ticket_id as promise_id,
            partner_id as named_partner_id,
            priority,
            opened_at as promised_at,
            first_response_at as met_at,
            handling_minutes,
            cast(null as integer) as target_hours
        from tickets
        union all
        select 'escalation', ticket_id, partner_id, priority, opened_at, solved_at, null, null
        from tickets
        where is_escalated
        union all
        select
            'deal_registration',
            registration_id,
            named_partner_id,
            null,
            submitted_at,
            responded_at,
            null,
            response_target_hours
        from claims
    ),

    -- What happens after the run has not happened yet.
    known as (
        select
            raised.kind,
            raised.promise_id,
            {{ known_partner() }} as partner_id,
            coalesce(tier_spans.tier, 'none') as tier,
            raised.priority,
            raised.promised_at,
            case when raised.met_at < run.as_of_end then raised.met_at end as met_at,
            raised.handling_minutes,
            raised.target_hours
        from raised
        cross join run
        left join partners on raised.named_partner_id = partners.partner_id
        left join
            tier_spans
            on partners.partner_id = tier_spans.partner_id
            and tier_spans.from_at <= raised.promised_at
            and (tier_spans.until_at is null or raised.promised_at < tier_spans.until_at)
        where raised.promised_at < run.as_of_end
    ),

    -- The tier's own row goes before that of any tier, and so does the priority's.
    targeted as (
        select known.*, coalesce(known.target_hours, support_sla.target_hours) as hours
        from known
        left join
            support_sla
            on known.kind = support_sla.kind
            and support_sla.tier in (known.tier, 'any')
            and support_sla.priority in (coalesce(known.priority, 'any'), 'any')
            and {{ is_in_force("support_sla", "cast(known.promised_at as date)") }}
        qualify
            row_number() over (
                partition by known.kind, known.promise_id
                order by
                    case when support_sla.tier = 'any' then 1 else 0 end,
                    case when support_sla.priority = 'any' then 1 else 0 end
            )
            = 1
    ),

    due as (
        select
            targeted.*,
            case
                when blind.kind is null
                then {{ timestamp_plus_hours("targeted.promised_at", "targeted.hours") }}
            end as due_at
        from targeted
        left join blind on targeted.kind = blind.kind
    ),

    final as (
        select
            due.kind,
            due.promise_id,
            due.partner_id,
            due.tier,
            due.priority,
            due.promised_at,
            due.due_at,
            due.met_at,
            case
                when due.due_at is null
                then null
                when due.met_at <= due.due_at
                then 'within'
                when due.due_at < run.as_of_end
                then 'breached'
                else 'pending'
            end as state,
            due.handling_minutes
        from due
        cross join run
    )

select *
from final
