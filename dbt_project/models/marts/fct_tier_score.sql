-- One row per partner and period.
{{ config(tags=["rescored"]) }}

with
    scores as (select * from {{ ref("int_tier__score") }}),

    qualified as (select * from {{ ref("int_tier__qualified") }}),

    policy_versions as (select * from {{ ref("int_policy_versions") }}),

    final as (
        select
            scores.partner_id,
            scores.period_kind,
            scores.period_start,
            scores.period_end,
            scores.weighted_score,
            scores.coverage,
            scores.current_tier,
            qualified.qualified_tier,
            policy_versions.policy_version
        from scores
        inner join
            policy_versions
            on scores.period_kind = policy_versions.period_kind
            and scores.period_start = policy_versions.period_start
        left join
            qualified
            on scores.partner_id = qualified.partner_id
            and scores.period_kind = qualified.period_kind
            and scores.period_start = qualified.period_start
    )

select *
from final
