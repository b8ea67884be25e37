{#- The rows of a seed, each cell as a literal of its column's type: dbt-spark's own macro binds an empty cell as the
    text 'None' and a number as a double. -#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model["config"]["column_types"] -%}
    {%- set sql -%}
        insert into {{ this }}
        values
            {% for row in agate_table.rows %}
                (
                    {% for name, cell in row.dict().items() %}
                        cast(
                            {{
                                "null"
                                if cell is none
                                else dbt.string_literal(dbt.escape_single_quotes(cell))
                            }} as {{ types[name] }}
                        )
                        {% if not loop.last %}, {% endif %}
                    {% endfor %}
                )
                {% if not loop.last %}, {% endif %}
            {% endfor %}
    {%- endset -%}
    {% if agate_table.rows %} {% do adapter.add_query(sql, abridge_sql_log=True) %} {% endif %}
    {{ return(sql) }}
{%- endmacro %}
