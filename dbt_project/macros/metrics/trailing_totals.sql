{#- Totals of `measures` over the events of each window [window_start_at, window_end_at), one row per window,
    as decimal(28,9). A window without a start takes every event before its end.

    Not a join that repeats each event once a week: events and both ends of every window are put in one
    order, summed once from the beginning, and a window is the difference of the sums at its two ends. An
    end stands before the events of its own instant, so that a start is inclusive and an end exclusive.

    events     a CTE: the columns of `by`, happened_at, the measures
    windows    a CTE: the columns of `by`, period_kind, period_start, period_end, window_start_at, window_end_at
    seen_at    a column of events where what happened is known only later (a ticket opened and then solved):
               it counts in a window by happened_at, and only once seen_at lies before the window's end
    by         what keeps totals apart: the partner, and the rules where the events depend on them -#}
{% macro trailing_totals(events, windows, measures, seen_at=none, by=["partner_id"]) %}
    with
        moments as (
            select
                {{ by | join(", ") }},
                {{ seen_at or "happened_at" }} as moment,
                true as is_event,
                cast(null as {{ dbt.type_string() }}) as period_kind,
                cast(null as date) as period_start,
                cast(null as date) as period_end,
                0 as side
                {% for measure in measures %}
                    ,
                    {{ measure }} as {{ measure }}_in,
                    {{ 0 if seen_at else measure }} as {{ measure }}_out
                {% endfor %}
            from {{ events }}
            where
                {{ _is_seen_promptly(seen_at, windows) if seen_at else "happened_at is not null" }}
            {% if seen_at %}
                union all
                select
                    {{ by | join(", ") }},
                    happened_at,
                    true,
                    null,
                    null,
                    null,
                    0
                    {% for measure in measures %}, 0, {{ measure }} {% endfor %}
                from {{ events }}
                where {{ _is_seen_promptly(seen_at, windows) }}
            {% endif %}
            {% for end, side in [("window_end_at", 1), ("window_start_at", -1)] %}
                union all
                select
                    {{ by | join(", ") }},
                    {{ end }},
                    false,
                    period_kind,
                    period_start,
                    period_end,
                    {{ side }}
                    {% for measure in measures %}, 0, 0 {% endfor %}
                from {{ windows }}
                where {{ end }} is not null
            {% endfor %}
        ),

        running as (
            select
                {{ by | join(", ") }},
                is_event,
                period_kind,
                period_start,
                period_end,
                side
                {% for measure in measures %}
                    ,
                    sum({{ measure }}_in) over so_far as {{ measure }}_in,
                    sum({{ measure }}_out) over so_far as {{ measure }}_out
                {% endfor %}
            from moments
            window
                so_far as (
                    partition by {{ by | join(", ") }}
                    order by moment, is_event
                    rows between unbounded preceding and current row
                )
        ),

        parts as (
            select
                {{ by | join(", ") }},
                period_kind,
                period_start,
                period_end
                {% for measure in measures %}
                    ,
                    case
                        side when 1 then {{ measure }}_in else - {{ measure }}_out
                    end as {{ measure }}
                {% endfor %}
            from running
            where not is_event
            {% if seen_at %}
                union all
                select
                    {% for column in by %} {{ windows }}.{{ column }}, {% endfor %}
                    {{ windows }}.period_kind,
                    {{ windows }}.period_start,
                    {{ windows }}.period_end
                    {% for measure in measures %}, {{ events }}.{{ measure }} {% endfor %}
                from {{ events }}
                inner join
                    {{ windows }}
                    on {{ events }}.happened_at >= {{ windows }}.window_start_at
                    and {{ events }}.{{ seen_at }} < {{ windows }}.window_end_at
                    {% for column in by %}
                        and {{ events }}.{{ column }} = {{ windows }}.{{ column }}
                    {% endfor %}
                where not {{ _is_seen_promptly(seen_at, windows) }}
            {% endif %}
        )

    select
        {{ by | join(", ") }},
        period_kind,
        period_start,
        period_end
        {% for measure in measures %}
            , cast(sum({{ measure }}) as decimal(28, 9)) as {{ measure }}
        {% endfor %}
    from parts
    group by {{ by | join(", ") }}, period_kind, period_start, period_end
{% endmacro %}

{#- Seen before the shortest window could have passed over it: then whatever happened before a window's start
    was seen before its end, and the difference of two running totals is exact. The few others are joined. -#}
{% macro _is_seen_promptly(seen_at, windows) -%}
    (
        {{ seen_at }} is not null
        and coalesce(
            {{ seen_at }}
            < {{
                timestamp_plus_days(
                    "happened_at",
                    "(select min("
                    ~ days_between("window_start_at", "window_end_at")
                    ~ ") from "
                    ~ windows
                    ~ ")",
                )
            }},
            true
        )
    )
{%- endmacro %}

{#- Spans [from_at, until_at) as events: a running total over them is what stands at an instant. -#}
{% macro changes_of(spans, measures, by=["partner_id"]) %}
    select
        {{ by | join(", ") }},
        from_at as happened_at
        {% for measure in measures %}, {{ measure }} {% endfor %}
    from {{ spans }}
    union all
    select
        {{ by | join(", ") }}, until_at {% for measure in measures %}, - {{ measure }} {% endfor %}
    from {{ spans }}
    where until_at is not null
{% endmacro %}

{#- How long spans [from_at, until_at) lie within each window, in seconds, all spans added up. Up to an instant t
    that is Σ (t − from_at) − Σ (t − until_at) over what began and ended before t; a window is the difference at
    its two ends, of each `by` apart. No product or sum is wider than 38 digits: beyond, Spark drops decimal places. -#}
{% macro trailing_durations(spans, windows, by) %}
    with
        changes as (
            select {{ by }}, from_at as happened_at, 1 as change
            from {{ spans }}
            union all
            select {{ by }}, until_at, -1
            from {{ spans }}
            where until_at is not null
        ),

        moments as (
            select
                {{ by }},
                {{ _epoch_seconds("happened_at") }} as moment,
                true as is_event,
                change,
                case
                    change
                    when 1
                    then {{ _epoch_seconds("happened_at") }}
                    else - {{ _epoch_seconds("happened_at") }}
                end as change_moment,
                cast(null as {{ dbt.type_string() }}) as period_kind,
                cast(null as date) as period_start,
                0 as side
            from changes
            {% for end, side in [("window_end_at", 1), ("window_start_at", -1)] %}
                union all
                select
                    {{ by }},
                    {{ _epoch_seconds(end) }},
                    false,
                    0,
                    0,
                    period_kind,
                    period_start,
                    {{ side }}
                from {{ windows }}
                where {{ end }} is not null
            {% endfor %}
        ),

        running as (
            select
                {{ by }},
                is_event,
                period_kind,
                period_start,
                side,
                cast(moment * cast(sum(change) over so_far as decimal(9, 0)) as decimal(28, 9))
                - cast(sum(change_moment) over so_far as decimal(28, 9)) as seconds
            from moments
            window
                so_far as (
                    partition by {{ by }}
                    order by moment, is_event
                    rows between unbounded preceding and current row
                )
        )

    select
        {{ by }},
        period_kind,
        period_start,
        cast(sum(case side when 1 then seconds else - seconds end) as decimal(28, 9)) as seconds
    from running
    where not is_event
    group by {{ by }}, period_kind, period_start
{% endmacro %}

{% macro _epoch_seconds(at) -%}
    {{ seconds_between("cast('1970-01-01' as timestamp)", at) }}
{%- endmacro %}
