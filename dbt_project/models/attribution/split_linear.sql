-- One row per won opportunity and partner: every touch counts the same.
{{ config(materialized="view") }}

with
    touches as (select * from {{ ref("int_split__touches") }} where place is not null),

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
