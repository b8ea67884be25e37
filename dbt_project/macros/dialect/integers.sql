{#- The widest whole number type. -#}
{% macro wide_integer() -%} {{ return(adapter.dispatch("wide_integer")()) }} {%- endmacro %}

{% macro default__wide_integer() -%} {{ return("hugeint") }} {%- endmacro %}

{% macro spark__wide_integer() -%} {{ return("decimal(38, 0)") }} {%- endmacro %}

{#- The whole part of dividend ÷ divisor, towards zero. -#}
{% macro whole_quotient(dividend, divisor) -%}
    {{ return(adapter.dispatch("whole_quotient")(dividend, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
    {{ return("(" ~ dividend ~ " // " ~ divisor ~ ")") }}
{%- endmacro %}

{% macro spark__whole_quotient(dividend, divisor) -%}
    {{ return("(" ~ dividend ~ " div " ~ divisor ~ ")") }}
{%- endmacro %}

{#- One row per whole number from first to last, both included, in a select list; none where last < first. -#}
{% macro each_integer(first, last) -%}
    {{ adapter.dispatch("each_integer")(first, last) }}
{%- endmacro %}

{% macro default__each_integer(first, last) -%}
    unnest(range(cast({{ first }} as bigint), cast({{ last }} as bigint) + 1))
{%- endmacro %}

{% macro spark__each_integer(first, last) -%}
    explode(case when {{ last }} >= {{ first }} then sequence({{ first }}, {{ last }}) end)
{%- endmacro %}
