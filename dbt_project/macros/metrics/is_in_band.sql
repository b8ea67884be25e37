{#- Whether a value lies in a rubric band; no value lies in the band of none, whose bounds are all null. -#}
{% macro is_in_band(value, band) -%}
    (
        case
            when {{ value }} is null
            then {{ band }}.lower_is_inclusive is null
            else
                {{ band }}.lower_is_inclusive is not null
                and (
                    {{ band }}.lower_bound is null
                    or {{ value }} > {{ band }}.lower_bound
                    or ({{ band }}.lower_is_inclusive and {{ value }} = {{ band }}.lower_bound)
                )
                and (
                    {{ band }}.upper_bound is null
                    or {{ value }} < {{ band }}.upper_bound
                    or ({{ band }}.upper_is_inclusive and {{ value }} = {{ band }}.upper_bound)
                )
        end
    )
{%- endmacro %}
