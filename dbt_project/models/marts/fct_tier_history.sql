-- One row per partner and span of one tier, up to the as-of date.
with
    spans as (select * from {{ ref("int_partner__tier_spans") }}),

    decisions as (select * from {{ source("programme", "decisions") }}),

    run as (select * from {{ source("quality", "run") }}),

    -- An initial tier may begin later than the as-of date; it is not held yet.
    final as (
        select
            spans.partner_id,
            spans.tier,
            cast(spans.from_at as date) as from_on,
            case
                when spans.until_at < run.as_of_end then cast(spans.until_at as date)
            end as until_on,
            spans.decision_id,
            decisions.decided_by,
            decisions.decided_at,
            decisions.note
        from spans
        cross join run
        left join decisions on spans.decision_id = decisions.decision_id
        where spans.from_at < run.as_of_end
    )

select *
from final
