-- One row per won opportunity, split model and partner with credit; one for `unattributed` where
-- nobody has any.
{% set whole_share = 1000000000000 %}
with
    deals as (select * from {{ ref("int_split__deals") }}),

    partners as (select * from {{ ref("int_split__partners") }}),

    weights as (
        {% for model in split_models() %}
            select {{ loop.index }} as model_number, deal_number, partner_number, weight
            from {{ ref("split_" ~ model) }}
            where weight > 0
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    counted as (
        select model_number, deal_number, count(*) as partners
        from weights
        group by model_number, deal_number
    ),

    credited as (
        select
            weights.deal_number * 10 + weights.model_number as split_number,
            weights.model_number,
            weights.deal_number,
            weights.partner_number,
            weights.weight,
            counted.partners,
            deals.amount_cents
        from weights
        inner join
            counted
            on weights.model_number = counted.model_number
            and weights.deal_number = counted.deal_number
        inner join deals on weights.deal_number = deals.deal_number
    ),

    -- Most splits have one partner, who has it all.
    alone as (select * from credited where partners = 1),

    several as (select * from credited where partners > 1),

    in_cents as (
        {{ split_by_weight("several", "split_number", "amount_cents", "weight", "partner_number") }}
    ),

    in_both as (
        select
            split_number,
            model_number,
            deal_number,
            partner_number,
            weight,
            part_cents as credit_cents
        from in_cents
    ),

    in_shares as (
        {{ split_by_weight("in_both", "split_number", whole_share, "weight", "partner_number") }}
    ),

    unattributed as (
        select models.model_number, deals.deal_number, deals.amount_cents
        from deals
        cross join (select {{ each_integer(1, split_models() | length) }} as model_number) as models
        left join
            counted
            on models.model_number = counted.model_number
            and deals.deal_number = counted.deal_number
        where counted.deal_number is null
    ),

    parts as (
        select
            model_number,
            deal_number,
            partner_number,
            {{ whole_share }} as share,
            amount_cents as credit_cents
        from alone
        union all
        select model_number, deal_number, partner_number, part_cents, credit_cents
        from in_shares
        union all
        select model_number, deal_number, null, {{ whole_share }}, amount_cents
        from unattributed
    ),

    final as (
        select
            deals.opportunity_id,
            coalesce(partners.partner_id, 'unattributed') as partner_id,
            case
                parts.model_number
                {% for model in split_models() %}
                    when {{ loop.index }} then '{{ model }}'
                {% endfor %}
            end as model,
            cast(
                cast(parts.share as decimal(13, 0))
                * cast(0.000000000001 as decimal(13, 12)) as decimal(18, 12)
            ) as credit_share,
            parts.credit_cents,
            deals.closed_on
        from parts
        inner join deals on parts.deal_number = deals.deal_number
        left join partners on parts.partner_number = partners.partner_number
    )

select *
from final
