-- One row per partner and quarter on whose last day an exception was in force.
with
    quarters as (select * from {{ ref("int_partner__periods") }} where period_kind = 'quarter'),

    exceptions as (
        select * from {{ source("programme", "decisions") }} where verdict = 'exception'
    ),

    -- Of several the one written last speaks.
    final as (
        select
            quarters.partner_id,
            quarters.period_start,
            quarters.period_end,
            exceptions.decision_id,
            exceptions.note,
            exceptions.expires_on
        from quarters
        inner join
            exceptions
            on quarters.partner_id = exceptions.partner_id
            and exceptions.effective_on <= quarters.last_day
            and (exceptions.expires_on is null or quarters.last_day < exceptions.expires_on)
        qualify
            row_number() over (
                partition by quarters.partner_id, quarters.period_start
                order by exceptions.decision_id desc
            )
            = 1
    )

select *
from final
