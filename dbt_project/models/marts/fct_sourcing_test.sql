-- One row per registration matched to an opportunity and rule of sourcing.
{% set submitted = spoken_date("registrations.submitted_at") %}
{% set answered = spoken_date("registrations.responded_at") %}
{% set opened = spoken_date("opportunities.created_at") %}
{% set touched = spoken_date("registrations.first_touch_at") %}
{% set grace = "cast(opportunities.registration_grace_days as " ~ dbt.type_string() ~ ")" %}
{% set is_late -%}
    registrations.submitted_at > opportunities.created_at
    or coalesce(registrations.submitted_at > opportunities.closed_at, false)
{%- endset %}
{% set is_answered_late -%}
    coalesce(registrations.responded_at > opportunities.closed_at, false)
{%- endset %}
{# A date says nothing of what came first on one day. #}
{% set after_opening -%}
    case
        when cast(registrations.submitted_at as date) = cast(opportunities.created_at as date)
        then concat('Handed in on ', {{ submitted }}, ', later on the day the deal was opened.')
        else concat('Handed in on ', {{ submitted }}, ', after the deal was opened on ', {{ opened }}, '.')
    end
{%- endset %}
with
    registrations as (select * from {{ ref("int_attribution__registrations") }}),

    opportunities as (
        select
            opportunity_id,
            opportunity_type,
            registration_grace_days,
            created_at,
            closed_at,
            first_direct_touch_at
        from {{ ref("int_attribution__opportunities") }}
    ),

    -- Who came first of those that pass every other rule.
    firsts as (
        select opportunity_id, registration_id, tier, submitted_at
        from registrations
        where precedence = 1
    ),

    validity as (
        select
            registrations.opportunity_id,
            registrations.registration_id,
            registrations.partner_id,
            'approved_and_valid_at_creation' as rule,
            1 as position,
            registrations.decision = 'approved'
            and registrations.is_valid_at_creation
            and not {{ is_answered_late }} as is_passed,
            case
                when registrations.decision = 'pending'
                then concat('Handed in on ', {{ submitted }}, ' and not answered yet.')
                when {{ is_answered_late }}
                then concat('Answered on ', {{ answered }}, ', when the deal was closed already.')
                when registrations.decision = 'rejected'
                then concat('Rejected on ', {{ answered }}, '.')
                when registrations.submitted_at > opportunities.created_at
                then {{ after_opening }}
                when registrations.is_wrongly_reopened
                then
                    concat(
                        'Not valid when the deal was opened on ',
                        {{ opened }},
                        ': it had lapsed or was opened again by someone who may not.'
                    )
                when not registrations.is_valid_at_creation
                then
                    concat(
                        'Approved on ',
                        {{ answered }},
                        ', but no longer valid when the deal was opened on ',
                        {{ opened }},
                        '.'
                    )
                else
                    concat(
                        'Approved on ',
                        {{ answered }},
                        ' and valid when the deal was opened on ',
                        {{ opened }},
                        '.'
                    )
            end as finding
        from registrations
        inner join opportunities on registrations.opportunity_id = opportunities.opportunity_id
    ),

    submission as (
        select
            registrations.opportunity_id,
            registrations.registration_id,
            registrations.partner_id,
            'submitted_before_creation' as rule,
            2 as position,
            not ({{ is_late }}) as is_passed,
            case
                when registrations.submitted_at > opportunities.created_at
                then {{ after_opening }}
                when {{ is_late }}
                then concat('Handed in on ', {{ submitted }}, ', after the deal was closed.')
                else
                    concat(
                        'Handed in on ',
                        {{ submitted }},
                        ', before or as the deal was opened on ',
                        {{ opened }},
                        '.'
                    )
            end as finding
        from registrations
        inner join opportunities on registrations.opportunity_id = opportunities.opportunity_id
    ),

    first_touch as (
        select
            registrations.opportunity_id,
            registrations.registration_id,
            registrations.partner_id,
            'submitted_before_first_touch' as rule,
            3 as position,
            coalesce(
                registrations.submitted_at
                <= {{
                    timestamp_plus_days(
                        "registrations.first_touch_at", "opportunities.registration_grace_days"
                    )
                }},
                true
            ) as is_passed,
            case
                when registrations.first_touch_at is null
                then 'No touch of the partner on the deal.'
                when registrations.submitted_at <= registrations.first_touch_at
                then
                    concat(
                        'Handed in on ',
                        {{ submitted }},
                        ', not after the first touch of the partner on ',
                        {{ touched }},
                        '.'
                    )
                when
                    registrations.submitted_at
                    <= {{
                        timestamp_plus_days(
                            "registrations.first_touch_at",
                            "opportunities.registration_grace_days",
                        )
                    }}
                then
                    concat(
                        'Handed in on ',
                        {{ submitted }},
                        ', within ',
                        {{ grace }},
                        ' days of the first touch of the partner on ',
                        {{ touched }},
                        '.'
                    )
                else
                    concat(
                        'Handed in on ',
                        {{ submitted }},
                        ', more than ',
                        {{ grace }},
                        ' days after the first touch of the partner on ',
                        {{ touched }},
                        '.'
                    )
            end as finding
        from registrations
        inner join opportunities on registrations.opportunity_id = opportunities.opportunity_id
    ),

    engagement as (
        select
            registrations.opportunity_id,
            registrations.registration_id,
            registrations.partner_id,
            'no_direct_engagement' as rule,
            4 as position,
            case
                when opportunities.opportunity_type = 'new'
                then
                    coalesce(
                        opportunities.first_direct_touch_at >= registrations.submitted_at, true
                    )
            end as is_passed,
            case
                when opportunities.opportunity_type is null
                then 'Not asked: nothing says that the deal is new business.'
                when opportunities.opportunity_type <> 'new'
                then concat('Not asked of deals of type ', opportunities.opportunity_type, '.')
                when opportunities.first_direct_touch_at is null
                then 'Our own sales have not been in touch with the account.'
                when opportunities.first_direct_touch_at >= registrations.submitted_at
                then
                    concat(
                        'Our own sales were first in touch with the account on ',
                        {{ spoken_date("opportunities.first_direct_touch_at") }},
                        ', not before it was handed in.'
                    )
                else
                    concat(
                        'Our own sales were in touch with the account on ',
                        {{ spoken_date("opportunities.first_direct_touch_at") }},
                        ', before it was handed in on ',
                        {{ submitted }},
                        '.'
                    )
            end as finding
        from registrations
        inner join opportunities on registrations.opportunity_id = opportunities.opportunity_id
    ),

    -- Who else claims the deal is told by tier and date, never by name: partners read this.
    precedence as (
        select
            registrations.opportunity_id,
            registrations.registration_id,
            registrations.partner_id,
            'precedence' as rule,
            5 as position,
            registrations.precedence = 1 as is_passed,
            case
                when registrations.precedence is null
                then 'Not asked: it fails a rule before.'
                when registrations.precedence = 1
                then 'First of the registrations that pass every other rule.'
                when coalesce(registrations.tier, '') <> coalesce(firsts.tier, '')
                then
                    concat(
                        'Another registration passes too, of a partner with a higher tier when the deal was opened (',
                        firsts.tier,
                        ').'
                    )
                when registrations.submitted_at > firsts.submitted_at
                then
                    concat(
                        'Another registration passes too, of a partner with the same tier, handed in earlier, on ',
                        {{ spoken_date("firsts.submitted_at") }},
                        '.'
                    )
                else
                    'Another registration passes too, of the same tier and handed in at the same time; the smaller registration id decides.'
            end as finding
        from registrations
        left join firsts on registrations.opportunity_id = firsts.opportunity_id
    ),

    final as (
        select *
        from validity
        union all
        select *
        from submission
        union all
        select *
        from first_touch
        union all
        select *
        from engagement
        union all
        select *
        from precedence
    )

select *
from final
