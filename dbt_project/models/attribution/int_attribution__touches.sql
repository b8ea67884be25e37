-- One row per opportunity and partner with a touch before the end of the as-of date.
with
    run as (select as_of_end from {{ source("quality", "run") }}),

    opportunities as (select * from {{ ref("int_attribution__opportunities") }}),

    partners as (select partner_id from {{ ref("stg_crm__partners") }}),

    touch_types as (select * from {{ ref("touch_types") }}),

    judged as (
        select
            touches.opportunity_id,
            {{ known_partner() }} as partner_id,
            touch_types.reason_if_alone,
            opportunities.closed_at is null
            or touches.touched_at <= opportunities.closed_at as is_in_time,
            touch_types.is_participating
            and (
                not opportunities.requires_evidence or trim(coalesce(touches.evidence, '')) <> ''
            ) as is_participating,
            touches.touched_at
        from {{ ref("stg_crm__opportunity_touches") }} as touches
        cross join run
        inner join opportunities on touches.opportunity_id = opportunities.opportunity_id
        left join partners on touches.partner_id = partners.partner_id
        left join
            touch_types
            on touches.touch_type = touch_types.touch_type
            and {{ is_in_force("touch_types", "cast(touches.touched_at as date)") }}
        where touches.touched_at < run.as_of_end
    ),

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
        from judged
        group by opportunity_id, partner_id
    )

select *
from final
