{#- The texts of a group in their own order, joined; null where the group has none. -#}
{% macro join_sorted(expression, separator=", ") -%}
    {{ adapter.dispatch("join_sorted")(expression, separator) }}
{%- endmacro %}

{% macro default__join_sorted(expression, separator) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{% macro spark__join_sorted(expression, separator) -%}
    nullif(array_join(array_sort(collect_list({{ expression }})), '{{ separator }}'), '')
{%- endmacro %}

{#- The texts of a group joined in the order of `position`, a text without ties; null where the group has none. -#}
{% macro join_in_order(expression, position, separator=", ") -%}
    {{ adapter.dispatch("join_in_order")(expression, position, separator) }}
{%- endmacro %}

{% macro default__join_in_order(expression, position, separator) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ position }})
{%- endmacro %}

{% macro spark__join_in_order(expression, position, separator) -%}
    nullif(
        array_join(
            transform(
                array_sort(
                    filter(
                        collect_list(struct({{ position }} as position, {{ expression }} as words)),
                        each -> each.words is not null
                    )
                ),
                each -> each.words
            ),
            '{{ separator }}'
        ),
        ''
    )
{%- endmacro %}

{#- A date as people write it: 31 Aug 2026. -#}
{% macro spoken_date(on_date) -%} {{ adapter.dispatch("spoken_date")(on_date) }} {%- endmacro %}

{% macro default__spoken_date(on_date) -%}
    strftime(cast({{ on_date }} as date), '%-d %b %Y')
{%- endmacro %}

{% macro spark__spoken_date(on_date) -%}
    date_format(cast({{ on_date }} as date), 'd MMM yyyy')
{%- endmacro %}

{#- A whole number with commas between its thousands: 1,250,000. -#}
{% macro with_thousands(number) -%} {{ adapter.dispatch("with_thousands")(number) }} {%- endmacro %}

{% macro default__with_thousands(number) -%}
    format('{:,}', cast({{ number }} as bigint))
{%- endmacro %}

{% macro spark__with_thousands(number) -%}
    format_number(cast({{ number }} as bigint), 0)
{%- endmacro %}
