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

{#- The score of a value in a rubric band: that of the band or, in a sloped one, on the straight line between
    its scores at both bounds, rounded half away from zero at the ninth place, exact. -#}
{% macro score_in_band(value, band) -%}
    {%- set width = (
        "("
        ~ scaled_integer(band ~ ".upper_bound")
        ~ " - "
        ~ scaled_integer(band ~ ".lower_bound")
        ~ ")"
    ) -%}
    {%- set way = (
        "("
        ~ scaled_integer(value)
        ~ " - "
        ~ scaled_integer(band ~ ".lower_bound")
        ~ ")"
    ) -%}
    {%- set score = scaled_integer(band ~ ".score") -%}
    {%- set rise = "(" ~ scaled_integer(band ~ ".score_at_upper_bound") ~ " - " ~ score ~ ")" -%}
    case
        when {{ band }}.score_at_upper_bound is null
        then {{ band }}.score
        else
            cast(
                cast(
                    {{
                        divide_half_away(
                            score ~ " * " ~ width ~ " + " ~ rise ~ " * " ~ way, width
                        )
                    }} as decimal(27, 0)
                )
                * cast(0.000000001 as decimal(10, 9)) as decimal(28, 9)
            )
    end
{%- endmacro %}
