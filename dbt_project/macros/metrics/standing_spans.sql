{#- Spans [from_at, until_at) that may overlap, as ones of the same key that do not: a row for each stretch in which at
    least one stands, with the totals of `measures` over those that do. -#}
{% macro standing_spans(spans, by, measures) %}
    with
        changes as (
            select
                {{ by | join(", ") }},
                from_at,
                1 as standing
                {% for measure in measures %}, {{ measure }} {% endfor %}
            from {{ spans }}
            where until_at is null or from_at < until_at
            union all
            select
                {{ by | join(", ") }},
                until_at,
                -1
                {% for measure in measures %}, - {{ measure }} {% endfor %}
            from {{ spans }}
            where from_at < until_at
        ),

        moments as (
            select
                {{ by | join(", ") }},
                from_at,
                sum(standing) as standing
                {% for measure in measures %}, sum({{ measure }}) as {{ measure }} {% endfor %}
            from changes
            group by {{ by | join(", ") }}, from_at
        ),

        running as (
            select
                {{ by | join(", ") }},
                from_at,
                lead(from_at) over so_far as until_at,
                sum(standing) over so_far as standing
                {% for measure in measures %}
                    , sum({{ measure }}) over so_far as {{ measure }}
                {% endfor %}
            from moments
            window so_far as (partition by {{ by | join(", ") }} order by from_at)
        )

    select
        {{ by | join(", ") }},
        from_at,
        until_at
        {% for measure in measures %}, cast({{ measure }} as integer) as {{ measure }} {% endfor %}
    from running
    where standing > 0
{% endmacro %}
