-- One row per quarter, kind and rank: what went well and what went wrong in it.
{% set wins = ["deal_won", "partner_promoted", "partner_activated"] %}
{% set failures = [
    "customer_lost",
    "partner_left",
    "sev1_incident",
    "kill_switch",
    "partner_demoted",
] %}

with
    run as (select as_of, as_of_end from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    settings as (
        select {{ setting_value("ecosystem_events_listed", "integer") }} as events_listed
        from {{ ref("settings") }} as settings
        cross join run
        where {{ is_in_force("settings", "run.as_of") }}
    ),

    -- The quarters of the spine, and the one that runs.
    spine as (
        select min(period_start) as from_on
        from {{ ref("int_periods") }}
        where period_kind = 'quarter'
    ),

    accounts as (select * from {{ ref("dim_account") }}),

    deals as (
        select
            deals.*,
            coalesce(deals.opportunity_name, deals.opportunity_id)
            || coalesce(' for ' || accounts.account_name, '') as deal_name
        from {{ ref("dim_opportunity") }} as deals
        left join accounts on deals.account_id = accounts.account_id
    ),

    outcomes as (
        select *
        from {{ ref("fct_attribution_outcome") }}
        where is_won and closed_on is not null and outcome in ('sourced', 'influenced')
    ),

    onboardings as (select * from {{ ref("fct_onboarding") }}),

    tier_spans as (select * from {{ ref("fct_tier_history") }}),

    tiers as (select * from {{ ref("tiers") }}),

    moves as (select * from {{ ref("int_margin__mrr_moves") }}),

    stays as (select * from {{ ref("int_ecosystem__stays") }}),

    -- Of a partner, what it caused itself; of ours, what we caused, whoever's customers it hit.
    incidents as (
        select *
        from {{ ref("stg_support__incidents") }}
        where severity = 'sev1' and caused_by in ('partner', 'vendor')
    ),

    enforcement as (
        select * from {{ ref("stg_telemetry__enforcement_actions") }} where action = 'kill_switch'
    ),

    integrations as (select * from {{ ref("stg_telemetry__integrations") }}),

    first_deals as (
        select outcomes.*
        from outcomes
        inner join
            onboardings
            on outcomes.partner_id = onboardings.partner_id
            and outcomes.closed_on = onboardings.first_deal_on
        where onboardings.days_to_first_deal is not null
        qualify
            row_number() over (
                partition by outcomes.partner_id
                order by outcomes.amount_cents desc nulls last, outcomes.opportunity_id
            )
            = 1
    ),

    -- A deal is told once: as a partner's first where it is one, else as new business. Of several
    -- partners the one that sourced it stands for it, else the one with the most credit.
    won as (
        select
            outcomes.opportunity_id,
            outcomes.partner_id,
            outcomes.outcome,
            outcomes.amount_cents,
            outcomes.closed_on,
            deals.deal_name,
            first_deals.partner_id is not null as is_first
        from outcomes
        inner join deals on outcomes.opportunity_id = deals.opportunity_id
        left join
            first_deals
            on outcomes.opportunity_id = first_deals.opportunity_id
            and outcomes.partner_id = first_deals.partner_id
        where first_deals.partner_id is not null or {{ is_new_business("deals.opportunity_type") }}
        qualify
            row_number() over (
                partition by outcomes.opportunity_id
                order by
                    case when first_deals.partner_id is not null then 1 else 2 end,
                    outcomes.outcome desc,
                    outcomes.credit_cents desc nulls last,
                    outcomes.partner_id
            )
            = 1
    ),

    -- Tiers that somebody decided, each with the one before it and the ranks of that day.
    changes as (
        select
            followed.partner_id,
            followed.from_on,
            followed.tier,
            followed.tier_before,
            present.rank - former.rank as steps
        from
            (
                select *, lag(tier) over (partition by partner_id order by from_on) as tier_before
                from tier_spans
            ) as followed
        inner join
            tiers as present
            on followed.tier = present.tier
            and {{ is_in_force("present", "followed.from_on") }}
        inner join
            tiers as former
            on followed.tier_before = former.tier
            and {{ is_in_force("former", "followed.from_on") }}
        where followed.decision_id is not null
    ),

    -- A customer is lost on the day the last of its subscriptions ends.
    held as (
        select
            account_id,
            on_date,
            sum(sum(case step when 'new' then 1 when 'churned' then -1 else 0 end)) over (
                partition by account_id
                order by on_date
                rows between unbounded preceding and current row
            ) as subscriptions
        from moves
        where step in ('new', 'churned')
        group by account_id, on_date
    ),

    lost as (
        select
            moves.account_id,
            moves.partner_id,
            moves.on_date,
            -12 * sum(moves.delta_cents) as amount_cents
        from moves
        inner join
            held
            on moves.account_id = held.account_id
            and moves.on_date = held.on_date
            and held.subscriptions = 0
        where moves.step = 'churned' and moves.partner_id not in ('direct', 'unknown')
        group by moves.account_id, moves.partner_id, moves.on_date
    ),

    events as (
        select
            case when is_first then 'partner_activated' else 'deal_won' end as what,
            partner_id,
            amount_cents,
            closed_on as on_date,
            'Won '
            || case when is_first then 'its first deal, ' else '' end
            || deal_name
            || ', '
            || outcome as text,
            opportunity_id as entity_id
        from won
        union all
        select
            'partner_promoted',
            partner_id,
            null,
            from_on,
            'Promoted from ' || {{ as_name("tier_before") }} || ' to ' || {{ as_name("tier") }},
            cast(steps as string)
        from changes
        where steps > 0
        union all
        select
            'customer_lost',
            lost.partner_id,
            lost.amount_cents,
            lost.on_date,
            'Lost the customer ' || coalesce(accounts.account_name, lost.account_id),
            lost.account_id
        from lost
        left join accounts on lost.account_id = accounts.account_id
        union all
        select 'partner_left', partner_id, null, left_on, 'Left the programme', partner_id
        from stays
        where left_on is not null
        union all
        select
            'sev1_incident',
            case when caused_by = 'partner' then coalesce(partner_id, 'unknown') end,
            null,
            cast(started_at as date),
            'Sev1 incident'
            || coalesce(', ' || kind, '')
            || case
                caused_by when 'partner' then ', caused by the partner' else ', caused by us'
            end
            || case when resolved_at is null then ', not resolved' else '' end,
            incident_id
        from incidents
        union all
        select
            'kill_switch',
            enforcement.partner_id,
            null,
            cast(enforcement.acted_at as date),
            'Kill switch'
            || coalesce(' on ' || integrations.integration_name, '')
            || coalesce(': ' || enforcement.reason, ''),
            enforcement.action_id
        from enforcement
        left join integrations on enforcement.integration_id = integrations.integration_id
        union all
        select
            'partner_demoted',
            partner_id,
            null,
            from_on,
            'Demoted from ' || {{ as_name("tier_before") }} || ' to ' || {{ as_name("tier") }},
            cast(steps as string)
        from changes
        where steps < 0
    ),

    dated as (
        select
            events.*,
            case when what in ({{ quoted(wins) }}) then 'win' else 'failure' end as kind,
            case
                what
                {% for group in [wins, failures] %}
                    {% for what in group %} when '{{ what }}' then {{ loop.index }} {% endfor %}
                {% endfor %}
            end as turn,
            {{ fiscal_quarter_start("events.on_date", "calendar.fiscal_shift") }} as quarter_start
        from events
        cross join calendar
        cross join run
        cross join spine
        where spine.from_on <= events.on_date and events.on_date <= run.as_of
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by quarter_start, what
                order by amount_cents desc nulls last, on_date desc, partner_id, entity_id
            ) as place
        from dated
    ),

    -- The largest of each sort come first, then the second of each.
    final as (
        select
            {{ date_plus_days(date_plus_months("placed.quarter_start", 3), -1) }} as quarter_end,
            placed.kind,
            cast(
                row_number() over (
                    partition by placed.quarter_start, placed.kind
                    order by placed.place, placed.turn
                ) as integer
            ) as rank,
            placed.what,
            placed.partner_id,
            cast(placed.amount_cents as bigint) as amount_cents,
            placed.on_date,
            placed.text
        from placed
        cross join settings
        where placed.place <= settings.events_listed
    )

select *
from final
