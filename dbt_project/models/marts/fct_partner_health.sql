-- One row per partner and period.
{% set dimensions = ["revenue", "activity", "engagement", "satisfaction", "strategic_fit"] %}
with
    measures as (select * from {{ ref("int_health__measures") }}),

    periods as (select * from {{ ref("int_periods") }}),

    health_points as (select * from {{ ref("health_points") }}),

    health_bands as (select * from {{ ref("health_bands") }}),

    lines as (
        select
            periods.period_kind,
            periods.period_start,
            health_points.dimension,
            health_points.measure,
            health_points.lower_bound,
            health_points.lower_is_inclusive,
            health_points.points
        from periods
        inner join health_points on {{ is_in_force("health_points", "periods.last_day") }}
    ),

    bands as (
        select
            periods.period_kind,
            periods.period_start,
            health_bands.band,
            health_bands.lower_bound,
            lead(health_bands.lower_bound) over (
                partition by periods.period_kind, periods.period_start
                order by health_bands.lower_bound
            ) as next_lower_bound
        from periods
        inner join health_bands on {{ is_in_force("health_bands", "periods.last_day") }}
    ),

    compared as (
        select
            measures.*,
            lines.dimension,
            lines.lower_bound,
            lines.lower_is_inclusive,
            lines.points,
            case
                lines.dimension
                {% for dimension in dimensions %}
                    when '{{ dimension }}' then measures.is_{{ dimension }}_measured
                {% endfor %}
            end as is_measured,
            case
                lines.measure
                {% for measure in [
                    "growth",
                    "new_revenue",
                    "registrations",
                    "weeks_with_login",
                    "spans_with_login",
                    "logins",
                    "partner_nps",
                ] %}
                    when '{{ measure }}' then measures.{{ measure }}
                {% endfor %}
                {% for fit in ["strong", "moderate"] %}
                    when 'fit_{{ fit }}'
                    then case when measures.strategic_fit = '{{ fit }}' then 1 else 0 end
                {% endfor %}
            end as measured_value
        from measures
        left join
            lines
            on measures.period_kind = lines.period_kind
            and measures.period_start = lines.period_start
    ),

    held as (
        select
            *,
            case
                when
                    is_measured
                    and (
                        measured_value > lower_bound
                        or (lower_is_inclusive and measured_value = lower_bound)
                    )
                then points
                when is_measured
                then 0
            end as points_earned
        from compared
    ),

    earned as (
        select
            partner_id,
            period_kind,
            period_start,
            {% for dimension in dimensions %}
                max(
                    case when dimension = '{{ dimension }}' then points_earned end
                ) as {{ dimension }}_points,
                coalesce(
                    max(case when dimension = '{{ dimension }}' and is_measured then points end), 0
                ) as {{ dimension }}_available
                {% if not loop.last %}, {% endif %}
            {% endfor %}
        from held
        group by partner_id, period_kind, period_start
    ),

    added as (
        select
            *,
            cast(
                {% for dimension in dimensions %}
                    coalesce({{ dimension }}_points, 0) {% if not loop.last %} + {% endif %}
                {% endfor %} as integer
            ) as points,
            cast(
                {% for dimension in dimensions %}
                    {{ dimension }}_available {% if not loop.last %} + {% endif %}
                {% endfor %} as integer
            ) as points_available
        from earned
    ),

    scored as (
        select
            measures.*,
            {% for dimension in dimensions %} added.{{ dimension }}_points, {% endfor %}
            added.points_available,
            case
                when added.points_available >= measures.health_minimum_points
                then
                    cast(
                        {{ divide_half_away("100 * added.points", "added.points_available") }}
                        as integer
                    )
            end as health_score
        from measures
        inner join
            added
            on measures.partner_id = added.partner_id
            and measures.period_kind = added.period_kind
            and measures.period_start = added.period_start
    ),

    final as (
        select
            scored.partner_id,
            scored.period_kind,
            scored.period_start,
            scored.period_end,
            {% for dimension in dimensions %}
                cast(scored.{{ dimension }}_points as integer) as {{ dimension }}_points,
            {% endfor %}
            scored.points_available,
            scored.health_score,
            bands.band as health_band,
            case when scored.health_score is null then 'too_few' else 'measured' end as status,
            scored.revenue_basis,
            scored.revenue_now_cents,
            scored.revenue_before_cents,
            scored.growth as revenue_growth,
            cast(scored.registrations as bigint) as registrations,
            cast(scored.weeks_with_login as integer) as weeks_with_login,
            cast(scored.spans_with_login as integer) as spans_with_login,
            cast(scored.logins as bigint) as logins,
            scored.partner_nps,
            cast(scored.partner_answers as bigint) as partner_answers,
            scored.strategic_fit
        from scored
        left join
            bands
            on scored.period_kind = bands.period_kind
            and scored.period_start = bands.period_start
            and bands.lower_bound <= scored.health_score
            and (bands.next_lower_bound is null or scored.health_score < bands.next_lower_bound)
    )

select *
from final
