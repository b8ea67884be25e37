-- One row per partner, quarter (or the latest week), tier, group and gate.
{{ config(tags=["rescored"]) }}

with
    latest as (
        select max(period_start) as period_start
        from {{ ref("int_periods") }}
        where period_kind = 'week'
    ),

    periods as (
        select periods.period_kind, periods.period_start, periods.last_day
        from {{ ref("int_periods") }} as periods
        cross join latest
        where periods.period_kind = 'quarter' or periods.period_start = latest.period_start
    ),

    tier_gates as (select * from {{ ref("tier_gates") }}),

    tiers as (select * from {{ ref("tiers") }}),

    gates as (
        select
            periods.period_kind,
            periods.period_start,
            tier_gates.tier,
            tier_gates.gate,
            tier_gates.gate_group,
            tier_gates.comparison,
            tier_gates.required
        from periods
        inner join tier_gates on {{ is_in_force("tier_gates", "periods.last_day") }}
        inner join
            tiers on tier_gates.tier = tiers.tier and {{ is_in_force("tiers", "periods.last_day") }}
    ),

    scores as (
        select scores.*
        from {{ ref("int_tier__score") }} as scores
        inner join
            periods
            on scores.period_kind = periods.period_kind
            and scores.period_start = periods.period_start
    ),

    asked as (select distinct period_kind, period_start, gate from gates),

    partner_metrics as (select * from {{ ref("fct_partner_metric") }}),

    -- What a criterion counts; other metrics have no rubric score to be the lowest.
    metric_periods as (select * from {{ ref("int_metric_periods") }} where criterion is not null),

    metrics as (
        select partner_metrics.*
        from partner_metrics
        inner join
            asked
            on partner_metrics.period_kind = asked.period_kind
            and partner_metrics.period_start = asked.period_start
            and partner_metrics.metric_key = asked.gate
    ),

    lowest_criteria as (
        select partner_id, period_kind, period_start, min(score) as score
        from {{ ref("fct_criterion_score") }}
        group by partner_id, period_kind, period_start
    ),

    lowest_metrics as (
        select
            partner_metrics.partner_id,
            partner_metrics.period_kind,
            partner_metrics.period_start,
            min(partner_metrics.rubric_score) as rubric_score,
            bool_or(
                partner_metrics.status in ('no_events', 'too_few', 'source_missing')
            ) as is_incomplete
        from partner_metrics
        inner join
            asked
            on partner_metrics.period_kind = asked.period_kind
            and partner_metrics.period_start = asked.period_start
            and asked.gate = 'every_metric'
        inner join
            metric_periods
            on partner_metrics.period_kind = metric_periods.period_kind
            and partner_metrics.period_start = metric_periods.period_start
            and partner_metrics.metric_key = metric_periods.metric_key
        group by
            partner_metrics.partner_id, partner_metrics.period_kind, partner_metrics.period_start
    ),

    of_partners as (
        select
            scores.partner_id,
            scores.period_kind,
            scores.period_start,
            scores.period_end,
            gates.tier,
            gates.gate,
            gates.gate_group,
            gates.comparison,
            gates.required,
            gates.gate in ('weighted_score', 'every_criterion', 'every_metric') as is_of_score,
            case
                gates.gate
                when 'weighted_score'
                then scores.weighted_score
                when 'every_criterion'
                then lowest_criteria.score
                when 'every_metric'
                then
                    {{
                        judged_lowest(
                            "lowest_metrics.rubric_score",
                            "lowest_metrics.is_incomplete",
                            "gates.comparison",
                            "gates.required",
                        )
                    }}
            end as score
        from scores
        inner join
            gates
            on scores.period_kind = gates.period_kind
            and scores.period_start = gates.period_start
        left join
            lowest_criteria
            on scores.partner_id = lowest_criteria.partner_id
            and scores.period_kind = lowest_criteria.period_kind
            and scores.period_start = lowest_criteria.period_start
        left join
            lowest_metrics
            on scores.partner_id = lowest_metrics.partner_id
            and scores.period_kind = lowest_metrics.period_kind
            and scores.period_start = lowest_metrics.period_start
    ),

    measured as (
        select
            of_partners.*,
            cast(
                case
                    when of_partners.is_of_score then of_partners.score else metrics.value
                end as decimal(28, 9)
            ) as actual,
            case
                when not of_partners.is_of_score
                then metrics.status
                when of_partners.score is null
                then 'no_events'
                else 'measured'
            end as status
        from of_partners
        left join
            metrics
            on of_partners.partner_id = metrics.partner_id
            and of_partners.period_kind = metrics.period_kind
            and of_partners.period_start = metrics.period_start
            and of_partners.gate = metrics.metric_key
    ),

    final as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            tier,
            gate,
            gate_group,
            comparison,
            required,
            actual,
            {{ keeps_gate("actual", "comparison", "required") }} as is_met,
            cast(
                case
                    when comparison = 'at_most' then required - actual else actual - required
                end as decimal(28, 9)
            ) as gap,
            status
        from measured
    )

select *
from final
