-- One row per opportunity and partner with a touch before the end of the as-of date.
with
    touches as (select * from {{ ref("fct_opportunity_touch") }}),

    final as (
        select
            opportunity_id,
            partner_id,
            bool_or(is_in_time) as has_touch_in_time,
            coalesce(
                bool_or(is_in_time and reason_if_alone = 'implementation_or_support_only'), false
            ) as has_implementation_or_support,
            min(touched_at) as first_touch_at,
            min(
                case when is_in_time and is_participating then touched_at end
            ) as first_participating_at
        from touches
        group by opportunity_id, partner_id
    )

select *
from final
