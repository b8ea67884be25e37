-- One row per partner and week, with what was installed and activated in it and active when it
-- ended.
with
    installs as (select * from {{ ref("int_partner__installs") }}),

    weeks as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            cast(period_start as timestamp) as window_start_at,
            cast(period_end as timestamp) as window_end_at
        from {{ ref("int_partner__periods") }}
        where period_kind = 'week'
    ),

    ends as (
        select
            partner_id,
            period_kind,
            period_start,
            period_end,
            cast(null as timestamp) as window_start_at,
            window_end_at
        from weeks
    ),

    installed as (
        select partner_id, installed_at as happened_at, 1 as installs, 0 as activations
        from installs
        union all
        select partner_id, activated_at, 0, 1
        from installs
    ),

    active_spans as (
        select
            partner_id, active_from_at as from_at, active_until_at as until_at, 1 as active_installs
        from installs
    ),

    active as ({{ changes_of("active_spans", ["active_installs"]) }}),

    in_week as ({{ trailing_totals("installed", "weeks", ["installs", "activations"]) }}),

    at_end as ({{ trailing_totals("active", "ends", ["active_installs"]) }}),

    final as (
        select
            in_week.partner_id,
            in_week.period_start,
            cast(in_week.installs as bigint) as installs,
            cast(in_week.activations as bigint) as activations,
            cast(at_end.active_installs as bigint) as active_installs
        from in_week
        inner join
            at_end
            on in_week.partner_id = at_end.partner_id
            and in_week.period_start = at_end.period_start
    )

select *
from final
