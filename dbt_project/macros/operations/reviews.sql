{#- Where a business review stands; what happens after the as-of date has not happened yet. -#}
{% macro review_state(reviews, as_of_end) -%}
    case
        when {{ reviews }}.held_at < {{ as_of_end }}
        then 'held'
        when {{ reviews }}.scheduled_at < {{ as_of_end }}
        then 'missed'
        else 'upcoming'
    end
{%- endmacro %}
