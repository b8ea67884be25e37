{#- The rows of a raw relation that stand: one per key, the latest `updated_at`, the later record where
    equal. Append entities have no `updated_at`: the record seen last supersedes. Files order by path. -#}
{% macro latest_per_key(relation, key, updated_at=none) %}
    select *
    from {{ relation }}
    qualify
        row_number() over (
            partition by {{ key }}
            order by
                {% if updated_at %} {{ updated_at }} desc nulls last, {% endif %} _file desc,
                _record desc
        )
        = 1
{% endmacro %}
