-- One row per won opportunity and partner: a touch weighs half as much with every half-life before
-- the close.
{{ config(materialized="view") }}

with
    touches as (select * from {{ ref("int_split__touches") }} where place is not null),

    deals as (
        select deal_number, cast(half_life_days * 86400 as double) as half_life_seconds
        from {{ ref("int_split__deals") }}
    ),

    -- Only the ratio counts, so days are taken before the last touch, which weighs exactly 10^15.
    -- The power is a double, made a whole number before anything is added.
    weighed as (
        select
            touches.deal_number,
            touches.partner_number,
            cast(
                round(
                    power(
                        cast(2 as double),
                        - cast(touches.seconds_before_last as double) / deals.half_life_seconds
                    )
                    * cast(1000000000000000 as double)
                ) as bigint
            ) as weight
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
