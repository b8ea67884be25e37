-- One row per won opportunity and partner: each role has a pool, shared equally by the partners who
-- filled it.
{{ config(materialized="view") }}

{# The roles of the touches' contract. #}
{% set roles = ["sourcer", "influencer", "implementer", "closer"] %}

with
    touches as (select * from {{ ref("int_split__touches") }} where role is not null),

    deals as (select * from {{ ref("int_split__deals") }}),

    pools as (select * from {{ ref("role_pools") }} where share > 0),

    filled as (
        select distinct
            touches.deal_number,
            touches.partner_number,
            touches.role,
            {{ scaled_integer("pools.share") }} as pool
        from touches
        inner join deals on touches.deal_number = deals.deal_number
        inner join
            pools on touches.role = pools.role and {{ is_in_force("pools", "deals.created_on") }}
    ),

    -- A pool that nobody filled is no part of the whole, so that the others take it in proportion.
    by_role as (
        select
            deal_number
            {% for role in roles %}
                , greatest(count(case when role = '{{ role }}' then 1 end), 1) as {{ role }}s
            {% endfor %}
        from filled
        group by deal_number
    ),

    -- Whole numbers: billionths of the deal, times the partners in all roles multiplied.
    weighed as (
        select
            filled.deal_number,
            filled.partner_number,
            filled.pool * case
                filled.role
                {% for role in roles %}
                    when '{{ role }}'
                    then
                        {% for other in roles if other != role %}
                            by_role.{{ other }}s {% if not loop.last %} * {% endif %}
                        {% endfor %}
                {% endfor %}
            end as weight
        from filled
        inner join by_role on filled.deal_number = by_role.deal_number
    ),

    final as (
        select deal_number, partner_number, cast(sum(weight) as {{ wide_integer() }}) as weight
        from weighed
        group by deal_number, partner_number
    )

select *
from final
