-- One row per partner: how it was taken on, and when it first won.
{% set steps = [
    ("security", "intake_on", "security_cleared_on"),
    ("sandbox", "security_cleared_on", "sandbox_ready_on"),
    ("certification", "sandbox_ready_on", "certified_on"),
    ("first_success", "certified_on", "first_success_on"),
    ("cycle", "intake_on", "certified_on"),
] %}
with
    run as (select as_of from {{ source("quality", "run") }}),

    partners as (
        select
            partner_id, signed_on, current_tier, coalesce(status = 'offboarded', false) as has_left
        from {{ ref("dim_partner") }}
    ),

    -- What is dated after the run has not happened yet.
    onboardings as (
        select
            onboardings.partner_id,
            run.as_of
            {% for step in [
                "intake_on",
                "security_cleared_on",
                "sandbox_ready_on",
                "certified_on",
                "first_success_on",
            ] %}
                ,
                case
                    when onboardings.{{ step }} <= run.as_of then onboardings.{{ step }}
                end as {{ step }}
            {% endfor %}
        from {{ ref("stg_crm__onboardings") }} as onboardings
        cross join run
    ),

    won as (
        select partner_id, min(closed_on) as first_deal_on
        from {{ ref("fct_attribution_outcome") }}
        where outcome in ('sourced', 'influenced') and is_won
        group by partner_id
    ),

    -- A partner that signed before may have won deals nobody knows of.
    known as (
        select cast(min(created_at) as date) as first_deal_known_on
        from {{ ref("dim_opportunity") }}
    ),

    -- The furthest step taken tells the stage, whatever was left undated before it.
    standing as (
        select
            onboardings.*,
            case
                when first_success_on is not null
                then 'complete'
                when certified_on is not null
                then 'first_success'
                when sandbox_ready_on is not null
                then 'certification'
                when security_cleared_on is not null
                then 'sandbox'
                when intake_on is not null
                then 'security'
                else 'intake'
            end as stage,
            case
                when first_success_on is null
                then
                    {{
                        days_between(
                            "coalesce(certified_on, sandbox_ready_on, security_cleared_on, intake_on)",
                            "as_of",
                        )
                    }}
            end as days_in_stage,
            {{ days_between("intake_on", "coalesce(first_success_on, as_of)") }}
            as days_since_intake
        from onboardings
    ),

    targets as (
        select partners.partner_id, targets.stage, targets.target_days
        from partners
        cross join run
        inner join
            {{ ref("onboarding_targets") }} as targets
            on targets.tier in (partners.current_tier, 'any')
            and {{ is_in_force("targets", "run.as_of") }}
        qualify
            row_number() over (
                partition by partners.partner_id, targets.stage
                order by case when targets.tier = 'any' then 1 else 0 end
            )
            = 1
    ),

    -- Nobody waits for a partner that has left.
    judged as (
        select
            partners.partner_id,
            partners.current_tier as tier,
            partners.signed_on,
            won.partner_id is not null as is_activated,
            won.first_deal_on,
            success_targets.target_days,
            coalesce(
                standing.days_since_intake > success_targets.target_days
                and (standing.stage = 'complete' or not partners.has_left),
                false
            ) as is_late,
            coalesce(
                standing.days_in_stage > stage_targets.target_days and not partners.has_left, false
            ) as is_beyond_stage
        from partners
        left join standing on partners.partner_id = standing.partner_id
        left join won on partners.partner_id = won.partner_id
        left join
            targets as stage_targets
            on partners.partner_id = stage_targets.partner_id
            and standing.stage = stage_targets.stage
            and stage_targets.stage <> 'first_success'
        left join
            targets as success_targets
            on partners.partner_id = success_targets.partner_id
            and success_targets.stage = 'first_success'
    ),

    -- The last stage has no days of its own: it is up when those from the intake are.
    final as (
        select
            judged.partner_id,
            judged.tier,
            judged.signed_on,
            standing.intake_on,
            standing.security_cleared_on,
            standing.sandbox_ready_on,
            standing.certified_on,
            standing.first_success_on,
            judged.first_deal_on,
            standing.stage,
            cast(standing.days_in_stage as integer) as days_in_stage
            {% for step, from_on, until_on in steps %}
                ,
                cast(
                    case
                        when standing.{{ from_on }} <= standing.{{ until_on }}
                        then {{ days_between("standing." ~ from_on, "standing." ~ until_on) }}
                    end as integer
                ) as {{ step }}_days
            {% endfor %},
            cast(
                case
                    when
                        known.first_deal_known_on <= judged.signed_on
                        and judged.signed_on <= judged.first_deal_on
                    then {{ days_between("judged.signed_on", "judged.first_deal_on") }}
                end as integer
            ) as days_to_first_deal,
            judged.target_days,
            judged.is_beyond_stage
            or (judged.is_late and standing.stage = 'first_success') as is_stuck,
            judged.is_late,
            judged.is_activated
        from judged
        cross join known
        left join standing on judged.partner_id = standing.partner_id
    )

select *
from final
