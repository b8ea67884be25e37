-- One row per metric and security assessment that answers it.
{{ config(materialized="view") }}

with
    assessments as (select * from {{ ref("int_partner__assessment_spans") }}),

    answers as (
        {% for metric, answer in [
            ("security_questionnaire", "questionnaire_score"),
            ("mfa_enforced", "mfa_enforced"),
            ("critical_findings", "critical_findings_open"),
        ] %}
            select
                '{{ metric }}' as metric_key,
                partner_id,
                cast(null as date) as rules_from,
                'crm.security_assessments' as entity,
                assessment_id as entity_id,
                false as is_event,
                from_at as happened_at,
                from_at,
                until_at,
                cast({{ answer }} as integer) as numerator,
                cast(null as integer) as denominator,
                cast(null as bigint) as amount_cents
            from assessments
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    final as (
        select *
        from answers
        where numerator is not null and (until_at is null or from_at < until_at)
    )

select *
from final
