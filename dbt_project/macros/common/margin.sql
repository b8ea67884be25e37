{#- The lines of cost between net revenue and contribution margin, as statements order them. -#}
{% macro margin_costs() %}
    {{
        return(
            [
                "cogs",
                "commissions",
                "support",
                "mdf",
                "partner_team",
                "onboarding",
                "tooling",
            ]
        )
    }}
{% endmacro %}

{#- The movements of monthly recurring revenue. -#}
{% macro mrr_movements() %}
    {{ return(["new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"]) }}
{% endmacro %}

{#- Contribution margin ÷ net revenue; null where nothing was earned. -#}
{% macro margin_rate() -%}
    case when net_cents > 0 then {{ decimal_ratio("contribution_margin_cents", "net_cents") }} end
{%- endmacro %}
