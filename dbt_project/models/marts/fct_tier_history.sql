-- One row per partner and span of one tier, up to the as-of date.
with
    spans as (select * from {{ ref("int_partner__tier_spans") }}),

    decisions as (select * from {{ source("programme", "decisions") }}),

    final as (
        select
            spans.partner_id,
            spans.tier,
            cast(spans.from_at as date) as from_on,
            cast(spans.until_at as date) as until_on,
            spans.decision_id,
            decisions.decided_by,
            decisions.decided_at,
            decisions.note
        from spans
        left join decisions on spans.decision_id = decisions.decision_id
    )

select *
from final
