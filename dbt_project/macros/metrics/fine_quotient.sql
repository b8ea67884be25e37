{#- (a × b) ÷ (c × d) of decimals(28,9) as decimal(28,15), rounded half away from zero: six places finer than what
    is stored, so that parts can be rounded to add up to the rounded whole. Null where the divisor is 0. -#}
{% macro fine_quotient(a, b, c, d) -%}
    cast(
        cast(
            {{
                divide_half_away(
                    scaled_integer(a) ~ " * " ~ scaled_integer(b) ~ " * 1000000000000000",
                    scaled_integer(c) ~ " * " ~ scaled_integer(d),
                )
            }} as decimal(21, 0)
        )
        * cast(0.000000000000001 as decimal(16, 15)) as decimal(28, 15)
    )
{%- endmacro %}

{#- A part of decimal(28,15) as decimal(28,9): what it adds to the rounded sum of the parts so far. So the parts
    always add up to the rounded whole, and each is within a billionth of what it is exactly. -#}
{% macro rounded_part(part, parts_so_far) -%}
    cast(
        cast({{ parts_so_far }} as decimal(28, 9))
        - cast({{ parts_so_far }} - {{ part }} as decimal(28, 9)) as decimal(28, 9)
    )
{%- endmacro %}
