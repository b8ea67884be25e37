{#- Values of a column with more than one row that meets the condition. -#}
{% test at_most_one(model, column, condition) %}
    select {{ column }}, count(*) as row_count
    from {{ model }}
    where {{ condition }}
    group by {{ column }}
    having count(*) > 1
{% endtest %}
