{#- The models that split a won deal among its partners, in the order in which people compare them. Of each there is a
    `split_<model>` of one shape: deal_number, partner_id, weight. -#}
{% macro split_models() %}
    {{
        return(
            [
                "first_touch",
                "last_touch",
                "linear",
                "position_based",
                "time_decay",
                "role_based",
            ]
        )
    }}
{% endmacro %}
