-- One row per KPI told of partners, and period: partners of the programme then and when the
-- window began.
{% set keys = [
    "activation_rate",
    "active_partners",
    "revenue_per_partner",
    "partner_retention",
    "support_cost_per_partner",
] %}

with
    periods as (select * from {{ ref("int_kpi__periods") }} where kpi_key in ({{ quoted(keys) }})),

    stays as (select * from {{ ref("int_ecosystem__stays") }}),

    contracts as (select * from {{ ref("int_partner__contract_spans") }}),

    outcome_spans as (select * from {{ ref("int_attribution__outcome_spans") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }}),

    touches as (select * from {{ ref("fct_opportunity_touch") }} where is_participating),

    onboardings as (select * from {{ ref("fct_onboarding") }}),

    moments as (
        select period_end as on_day
        from periods
        union
        select window_start_on
        from periods
        where window_start_on is not null
    ),

    members as (
        select distinct moments.on_day, stays.partner_id
        from moments
        inner join
            stays
            on stays.from_on < moments.on_day
            and (stays.left_on is null or moments.on_day <= stays.left_on)
        inner join
            contracts
            on stays.partner_id = contracts.partner_id
            and contracts.from_at < moments.on_day
            and (contracts.until_at is null or moments.on_day <= contracts.until_at)
    ),

    touched as (select distinct partner_id, cast(touched_at as date) as on_day from touches),

    -- A deal that was opened counts for whoever sourced or influenced it as the period ended; of a
    -- partner's touches the last before the end is enough.
    acts as (
        select
            outcome_spans.partner_id,
            cast(opportunities.created_at as date) as on_day,
            outcome_spans.since_at as from_at,
            outcome_spans.until_at
        from outcome_spans
        inner join opportunities on outcome_spans.opportunity_id = opportunities.opportunity_id
        union all
        select
            partner_id,
            on_day,
            cast(on_day as timestamp),
            cast(lead(on_day) over (partition by partner_id order by on_day) as timestamp)
        from touched
    ),

    windows as (select distinct window_start_on, period_end from periods),

    active as (
        select distinct windows.window_start_on, windows.period_end, acts.partner_id
        from windows
        inner join
            acts
            on windows.window_start_on <= acts.on_day
            and acts.on_day < windows.period_end
            and acts.from_at < windows.period_end
            and (acts.until_at is null or windows.period_end <= acts.until_at)
    ),

    counted as (
        select
            windows.window_start_on,
            windows.period_end,
            count(members.partner_id) as members,
            count(onboardings.partner_id) as activated,
            count(active.partner_id) as active,
            count(before.partner_id) as kept
        from windows
        left join members on windows.period_end = members.on_day
        left join
            onboardings
            on members.partner_id = onboardings.partner_id
            and onboardings.first_deal_on < windows.period_end
        left join
            active
            on members.partner_id = active.partner_id
            and windows.window_start_on = active.window_start_on
            and windows.period_end = active.period_end
        left join
            members as before
            on members.partner_id = before.partner_id
            and windows.window_start_on = before.on_day
        group by windows.window_start_on, windows.period_end
    ),

    before as (
        select windows.window_start_on, count(members.partner_id) as members
        from (select distinct window_start_on from windows) as windows
        left join members on windows.window_start_on = members.on_day
        group by windows.window_start_on
    ),

    final as (
        select
            periods.kpi_key,
            periods.period_kind,
            periods.period_start,
            cast(counted.members as bigint) as members,
            cast(counted.activated as bigint) as activated,
            cast(counted.active as bigint) as active,
            cast(counted.kept as bigint) as kept,
            cast(before.members as bigint) as members_before
        from periods
        inner join
            counted
            on periods.period_end = counted.period_end
            and periods.window_start_on is not distinct from counted.window_start_on
        left join before on periods.window_start_on = before.window_start_on
    )

select *
from final
