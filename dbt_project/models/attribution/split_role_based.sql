-- One row per won opportunity and partner: each role has a pool, shared equally by the partners who
-- filled it.
{{ config(materialized="view") }}

{# The roles of the touches' contract. #}
{% set roles = ["sourcer", "influencer", "implementer", "closer"] %}

with
    touches as (select * from {{ ref("int_split__touches") }} where role is not null),

    deals as (select deal_number, created_on from {{ ref("int_split__deals") }}),

    role_pools as (select * from {{ ref("role_pools") }}),

    days as (select distinct created_on from deals),

    -- In billionths of the deal.
    pools as (
        select
            days.created_on
            {% for role in roles %}
                ,
                cast(
                    coalesce(
                        max(
                            case
                                when role_pools.role = '{{ role }}'
                                then {{ scaled_integer("role_pools.share") }}
                            end
                        ),
                        0
                    ) as bigint
                ) as {{ role }}_pool
            {% endfor %}
        from days
        left join role_pools on {{ is_in_force("role_pools", "days.created_on") }}
        group by days.created_on
    ),

    -- Whether the partner has the role, however often.
    held as (
        select
            deal_number,
            partner_number
            {% for role in roles %}
                , max(case when role = '{{ role }}' then 1 else 0 end) as is_{{ role }}
            {% endfor %}
        from touches
        group by deal_number, partner_number
    ),

    -- A pool that nobody filled is no part of the whole, so that the others take it in proportion.
    holders as (
        select
            deal_number
            {% for role in roles %}
                , cast(greatest(sum(is_{{ role }}), 1) as bigint) as {{ role }}s
            {% endfor %}
        from held
        group by deal_number
    ),

    -- Whole numbers: a pool times the partners in all other roles multiplied.
    weighed as (
        select
            held.deal_number,
            held.partner_number,
            cast(
                {% for role in roles %}
                    held.is_{{ role }} * pools.{{ role }}_pool
                    {% for other in roles if other != role %} * holders.{{ other }}s {% endfor %}
                    {% if not loop.last %} + {% endif %}
                {% endfor %} as {{ wide_integer() }}
            ) as weight
        from held
        inner join holders on held.deal_number = holders.deal_number
        inner join deals on held.deal_number = deals.deal_number
        inner join pools on deals.created_on = pools.created_on
    ),

    final as (select * from weighed where weight > 0)

select *
from final
