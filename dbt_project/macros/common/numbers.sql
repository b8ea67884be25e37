{#- Integer quotient of two whole numbers, rounded half away from zero; null where the divisor is 0. -#}
{% macro divide_half_away(dividend, divisor) -%}
    {%- set n = "cast(" ~ dividend ~ " as " ~ wide_integer() ~ ")" -%}
    {%- set d = "cast(nullif(" ~ divisor ~ ", 0) as " ~ wide_integer() ~ ")" -%}
    (
        case when ({{ n }} < 0) = ({{ d }} < 0) then 1 else -1 end
        * {{ whole_quotient("(2 * abs(" ~ n ~ ") + abs(" ~ d ~ "))", "(2 * abs(" ~ d ~ "))") }}
    )
{%- endmacro %}

{#- numerator ÷ denominator as decimal(28,9), rounded half away from zero at the ninth place, exact: no
    double on the way. Null where the denominator is 0 or either side is null. (27 + 10 digits and one to
    spare are the 38 that Spark multiplies without dropping a place.) -#}
{% macro decimal_ratio(numerator, denominator) -%}
    {%- set n = "(" ~ scaled_integer(numerator) ~ " * 1000000000)" -%}
    cast(
        cast({{ divide_half_away(n, scaled_integer(denominator)) }} as decimal(27, 0))
        * cast(0.000000001 as decimal(10, 9)) as decimal(28, 9)
    )
{%- endmacro %}

{#- A decimal(28,9) as its whole number of billionths. -#}
{% macro scaled_integer(value) -%}
    cast(cast({{ value }} as decimal(28, 9)) * 1000000000 as {{ wide_integer() }})
{%- endmacro %}

{#- A decimal rounded half away from zero to whole minor units. -#}
{% macro round_to_cents(value) -%} cast(round({{ value }}, 0) as bigint) {%- endmacro %}

{#- 10 to the power of a currency's minor unit digits; ISO 4217 knows 0 to 4. -#}
{% macro minor_units_per_unit(digits) -%}
    case
        {{ digits }} when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 when 4 then 10000
    end
{%- endmacro %}

{#- Money in major units as bigint minor units of a currency with that many digits. -#}
{% macro to_minor_units(amount, digits) -%}
    {{ round_to_cents(amount ~ " * " ~ minor_units_per_unit(digits)) }}
{%- endmacro %}

{#- A decimal as text without the zeros behind its last place. -#}
{% macro plain_number(value) -%}
    trim(
        trailing '.'
        from
            trim(
                trailing '0'
                from cast(cast({{ value }} as decimal(28, 9)) as {{ dbt.type_string() }})
            )
    )
{%- endmacro %}
