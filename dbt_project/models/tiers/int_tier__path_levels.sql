-- One row per scored partner and metric at the latest quarter's end and score it can have: the one
-- it has (level 0) and those of the better bands, one step each.
with
    partners as (
        select distinct partner_id, period_start from {{ ref("int_tier__missing_gates") }}
    ),

    metric_periods as (
        select metrics.*
        from {{ ref("int_metric_periods") }} as metrics
        where
            metrics.period_kind = 'quarter'
            and metrics.period_start in (select period_start from partners)
    ),

    policy as (
        select
            metric_periods.metric_key,
            metric_periods.criterion,
            metric_periods.metric_weight,
            metrics.direction
        from metric_periods
        inner join
            {{ ref("metrics") }} as metrics
            on metric_periods.metric_key = metrics.metric_key
            and metric_periods.policy_from = metrics.valid_from
        where metric_periods.criterion is not null
    ),

    rubric_bands as (select * from {{ ref("rubric_bands") }}),

    bands as ({{ bands_in_force("metric_periods", "rubric_bands") }}),

    -- A flat band is entered at its worse bound; a sloped one has a score to reach at each.
    marks as (
        select
            policy.metric_key,
            policy.direction,
            bands.score,
            case
                policy.direction when 'higher' then bands.lower_bound else bands.upper_bound
            end as bound,
            case
                policy.direction
                when 'higher'
                then bands.lower_is_inclusive
                else bands.upper_is_inclusive
            end as is_inclusive
        from bands
        inner join policy on bands.metric_key = policy.metric_key
        where bands.lower_is_inclusive is not null and bands.score_at_upper_bound is null
        {% for score, bound in [
                ("score", "lower_bound"),
                ("score_at_upper_bound", "upper_bound"),
            ] %}
            union all
            select policy.metric_key, policy.direction, bands.{{ score }}, bands.{{ bound }}, true
            from bands
            inner join policy on bands.metric_key = policy.metric_key
            where bands.score_at_upper_bound is not null
        {% endfor %}
    ),

    -- Of several ways to one score the easiest.
    reachable as (
        select *
        from marks
        qualify
            row_number() over (
                partition by metric_key, score
                order by
                    case when bound is null then 0 else 1 end,
                    case direction when 'higher' then bound else - bound end,
                    case when is_inclusive then 0 else 1 end
            )
            = 1
    ),

    scored as (
        select
            partners.partner_id,
            policy.criterion,
            metrics.metric_key,
            policy.metric_weight,
            policy.direction,
            metrics.rubric_score,
            metrics.value
        from partners
        inner join
            {{ ref("fct_partner_metric") }} as metrics
            on partners.partner_id = metrics.partner_id
            and partners.period_start = metrics.period_start
        inner join policy on metrics.metric_key = policy.metric_key
        where metrics.period_kind = 'quarter' and metrics.rubric_score is not null
    ),

    levels as (
        select
            partner_id,
            criterion,
            metric_key,
            metric_weight,
            direction,
            rubric_score as score,
            value as bound,
            true as is_inclusive
        from scored
        union all
        select
            scored.partner_id,
            scored.criterion,
            scored.metric_key,
            scored.metric_weight,
            scored.direction,
            reachable.score,
            reachable.bound,
            reachable.is_inclusive
        from scored
        inner join
            reachable
            on scored.metric_key = reachable.metric_key
            and scored.rubric_score < reachable.score
    ),

    final as (
        select
            *,
            cast(
                row_number() over (partition by partner_id, metric_key order by score)
                - 1 as integer
            ) as level
        from levels
    )

select *
from final
