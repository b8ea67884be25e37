-- One row per SI and period: promoters less detractors among customers' answers on its projects,
-- per 100 answers.
{{ config(materialized="view") }}

with
    windows as (
        select *
        from {{ ref("int_metric_index") }}
        where metric_key = 'si_quality' and is_applicable
    ),

    projects as (select project_id, partner_id from {{ ref("int_delivery__projects") }}),

    rules as (
        select rules_from, nps_promoter_from, nps_detractor_to
        from {{ ref("int_scoring_rules") }}
        where rules_from in (select rules_from from {{ ref("int_periods") }})
    ),

    events as (
        select
            projects.partner_id,
            rules.rules_from,
            surveys.responded_at as happened_at,
            case
                when surveys.score >= rules.nps_promoter_from
                then 1
                when surveys.score <= rules.nps_detractor_to
                then -1
                else 0
            end as promotion,
            1 as answers
        from {{ ref("stg_crm__surveys") }} as surveys
        inner join projects on surveys.project_id = projects.project_id
        cross join rules
        where surveys.subject = 'customer'
    ),

    totals as (
        {{
            trailing_totals(
                "events", "windows", ["promotion", "answers"], by=["partner_id", "rules_from"]
            )
        }}
    ),

    final as (
        select
            partner_id,
            period_kind,
            period_start,
            'nps' as component,
            cast(answers as bigint) as sample_size,
            {{ decimal_ratio("100 * promotion", "answers") }} as value
        from totals
    )

select *
from final
