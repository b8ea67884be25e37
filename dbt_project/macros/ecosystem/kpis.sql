{#- What the facts of KPIs come to in each of their windows, one row per KPI of `keys` and period: wants the CTE
    `periods` (int_kpi__periods).

    facts      a CTE: kpi_key, on_date, numerator, sample_size and, of a rate, denominator
    is_rate    whether the value is numerator ÷ denominator, or the sum alone, which is 0 where there is nothing

    Windows begin and end at midnight, so facts are added up by day first and met with windows then. What is known by
    the month alone is dated on the month's last day: then a window holds the months that lie in it whole. -#}
{% macro kpi_totals(facts, keys, is_rate=false) %}
    {%- set measures = ["numerator", "denominator"] if is_rate else ["numerator"] -%}
    select
        periods.kpi_key,
        periods.period_kind,
        periods.period_start,
        {% for measure in measures %}
            cast(coalesce(sum(days.{{ measure }}), 0) as decimal(28, 9)) as {{ measure }},
        {% endfor %}
        {% if not is_rate %} cast(null as decimal(28, 9)) as denominator, {% endif %}
        cast(coalesce(sum(days.sample_size), 0) as bigint) as sample_size,
        {% if is_rate %} {{ decimal_ratio("sum(days.numerator)", "sum(days.denominator)") }}
        {% else %} cast(coalesce(sum(days.numerator), 0) as decimal(28, 9))
        {% endif %} as value
    from periods
    left join
        (
            select
                kpi_key,
                on_date,
                {% for measure in measures %} sum({{ measure }}) as {{ measure }}, {% endfor %}
                sum(sample_size) as sample_size
            from {{ facts }}
            group by kpi_key, on_date
        ) as days
        on periods.kpi_key = days.kpi_key
        and periods.window_start_on <= days.on_date
        and days.on_date < periods.period_end
    where periods.kpi_key in ({{ quoted(keys) }})
    group by periods.kpi_key, periods.period_kind, periods.period_start
{% endmacro %}

{#- The value in the middle of a KPI's cases, or halfway between the two, one row per KPI of `keys` and period; the
    cases are its denominator. `cases` is a CTE: kpi_key, period_kind, period_start, value. -#}
{% macro kpi_medians(cases, keys) %}
    select
        periods.kpi_key,
        periods.period_kind,
        periods.period_start,
        cast(null as decimal(28, 9)) as numerator,
        cast(coalesce(max(placed.cases), 0) as decimal(28, 9)) as denominator,
        cast(coalesce(max(placed.cases), 0) as bigint) as sample_size,
        {{ decimal_ratio("sum(placed.value)", "count(placed.value)") }} as value
    from periods
    left join
        (
            select
                *,
                row_number() over (
                    partition by kpi_key, period_kind, period_start order by value
                ) as place,
                count(*) over (partition by kpi_key, period_kind, period_start) as cases
            from {{ cases }}
        ) as placed
        on periods.kpi_key = placed.kpi_key
        and periods.period_kind = placed.period_kind
        and periods.period_start = placed.period_start
        and 2 * placed.place between placed.cases and placed.cases + 2
    where periods.kpi_key in ({{ quoted(keys) }})
    group by periods.kpi_key, periods.period_kind, periods.period_start
{% endmacro %}

{#- The cases of each window, of a CTE kpi_key, on_date, value; wants the CTE `periods`. -#}
{% macro kpi_cases(facts) %}
    select periods.kpi_key, periods.period_kind, periods.period_start, facts.value
    from periods
    inner join
        {{ facts }} as facts
        on periods.kpi_key = facts.kpi_key
        and periods.window_start_on <= facts.on_date
        and facts.on_date < periods.period_end
{% endmacro %}

{#- A KPI's total ÷ the partners active in its window; wants the CTE `partner_counts` (int_kpi__partner_counts). -#}
{% macro kpi_per_active_partner(totals, key) %}
    select
        totals.kpi_key,
        totals.period_kind,
        totals.period_start,
        totals.numerator,
        cast(partner_counts.active as decimal(28, 9)) as denominator,
        partner_counts.active as sample_size,
        {{ decimal_ratio("totals.numerator", "partner_counts.active") }} as value
    from {{ totals }} as totals
    inner join
        partner_counts
        on totals.kpi_key = partner_counts.kpi_key
        and totals.period_kind = partner_counts.period_kind
        and totals.period_start = partner_counts.period_start
    where totals.kpi_key = '{{ key }}'
{% endmacro %}

{#- Words as SQL literals, separated by commas. -#}
{% macro quoted(words) -%}
    {% for word in words %} '{{ word }}'{% if not loop.last %}, {% endif %} {% endfor %}
{%- endmacro %}

{#- The last day of a day's calendar month. -#}
{% macro month_end(on_date) -%}
    {{ date_plus_days(date_plus_months(month_start(on_date), 1), -1) }}
{%- endmacro %}
