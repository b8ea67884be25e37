{#- On DuckDB a relation is written under its own name. dbt's own materializations write a second one and
    swap names, so that readers of a live database are served throughout; ours is new in every run, and
    nobody reads it before it is published. -#}
{% materialization table, adapter = "duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {%- call statement("main") -%}
        {{ create_table_as(False, target, compiled_code) }}
    {%- endcall -%}
    {{ adapter.commit() }}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

{% materialization view, adapter = "duckdb" %}
    {%- set target = this.incorporate(type="view") -%}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {%- call statement("main") -%} {{ create_view_as(target, compiled_code) }} {%- endcall -%}
    {{ adapter.commit() }}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
