{#- Rows whose key is empty in part, or held by more than one row. -#}
{% test primary_key(model, columns) %}
    select {{ columns | join(", ") }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(", ") }}
    having
        count(*) > 1
        or {% for column in columns %}
            {{ column }} is null{% if not loop.last %} or {% endif %}
        {% endfor %}
{% endtest %}
