-- One row per won opportunity and partner: the first and the last touch count most, those between
-- share what is left.
{{ config(materialized="view") }}

with
    touches as (select * from {{ ref("int_split__touches") }} where place is not null),

    -- Whole numbers: billionths of the deal, times the touches between.
    deals as (
        select
            deal_number,
            cast({{ scaled_integer("position_first_share") }} as bigint) as first_part,
            cast({{ scaled_integer("position_last_share") }} as bigint) as last_part
        from {{ ref("int_split__deals") }}
    ),

    weighed as (
        select
            touches.deal_number,
            touches.partner_number,
            case
                when touches.touches <= 2
                then 1
                when touches.place = 1
                then deals.first_part * (touches.touches - 2)
                when touches.place = touches.touches
                then deals.last_part * (touches.touches - 2)
                else 1000000000 - deals.first_part - deals.last_part
            end as weight
        from touches
        inner join deals on touches.deal_number = deals.deal_number
    ),

    final as (
        select deal_number, partner_number, cast(sum(weight) as {{ wide_integer() }}) as weight
        from weighed
        group by deal_number, partner_number
    )

select *
from final
