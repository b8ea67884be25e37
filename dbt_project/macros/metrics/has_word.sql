{#- Whether a word is one of the space-separated words of a list. -#}
{% macro has_word(words, word) -%}
    (position(' ' || {{ word }} || ' ' in ' ' || {{ words }} || ' ') > 0)
{%- endmacro %}
