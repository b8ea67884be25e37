{#- Touches before the end of the as-of date, with what each of them counts for: one row per touch on a known deal. -#}
{% macro judged_touches() %}
    select
        touches.touch_id,
        touches.opportunity_id,
        {{ known_partner() }} as partner_id,
        touches.touch_type,
        touches.role,
        touch_types.reason_if_alone,
        opportunities.closed_at is null
        or touches.touched_at <= opportunities.closed_at as is_in_time,
        touch_types.is_participating as is_participating_type,
        touch_types.is_participating and {{ _is_proven() }} as is_participating,
        touch_types.reason_if_alone = 'implementation_or_support_only'
        and {{ _is_proven() }} as is_delivery,
        trim(coalesce(touches.evidence, '')) <> '' as has_evidence,
        touches.touched_at
    from {{ ref("stg_crm__opportunity_touches") }} as touches
    cross join {{ source("quality", "run") }} as run
    inner join
        {{ ref("int_attribution__opportunities") }} as opportunities
        on touches.opportunity_id = opportunities.opportunity_id
    left join {{ ref("stg_crm__partners") }} as partners on touches.partner_id = partners.partner_id
    left join
        {{ ref("touch_types") }} as touch_types
        on touches.touch_type = touch_types.touch_type
        and {{ is_in_force("touch_types", "cast(touches.touched_at as date)") }}
    where touches.touched_at < run.as_of_end
{% endmacro %}

{#- Whether a touch has the evidence that the rules of its deal ask for. -#}
{% macro _is_proven() -%}
    (not opportunities.requires_evidence or trim(coalesce(touches.evidence, '')) <> '')
{%- endmacro %}
