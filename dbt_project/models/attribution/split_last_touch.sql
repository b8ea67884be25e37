-- One row per won opportunity and partner: all the credit to the last touch.
{{ config(materialized="view") }}

with
    touches as (select * from {{ ref("int_split__touches") }} where place = touches),

    final as (
        select
            touches.deal_number,
            touches.partner_number,
            cast(count(*) as {{ wide_integer() }}) as weight
        from touches
        group by touches.deal_number, touches.partner_number
    )

select *
from final
