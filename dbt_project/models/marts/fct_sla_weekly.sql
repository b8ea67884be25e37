-- One row per partner, completed week, tier and kind of service level with something raised in it.
with
    promises as (select * from {{ ref("int_sla__promises") }}),

    weeks as (
        select period_start, period_end, last_day
        from {{ ref("int_periods") }}
        where period_kind = 'week'
    ),

    -- The cost of a minute is that of the week's last day.
    costs as (
        select
            weeks.period_start,
            {{ setting_value("support_cost_per_minute", "decimal(28, 9)") }} as cost_per_minute
        from weeks
        inner join
            {{ ref("settings") }} as settings on {{ is_in_force("settings", "weeks.last_day") }}
        group by weeks.period_start
    ),

    counted as (
        select
            promises.partner_id,
            weeks.period_start,
            weeks.period_end,
            promises.kind,
            promises.tier,
            count(promises.state) as promised,
            count(case when promises.state = 'within' then 1 end) as within,
            count(case when promises.state = 'breached' then 1 end) as breached,
            count(case when promises.state = 'pending' then 1 end) as pending,
            {{ join_sorted("case when promises.state = 'breached' then promises.promise_id end") }}
            as breached_ids,
            cast(sum(promises.handling_minutes) as decimal(28, 9)) as handling_minutes
        from promises
        inner join
            weeks
            on cast(weeks.period_start as timestamp) <= promises.promised_at
            and promises.promised_at < cast(weeks.period_end as timestamp)
        group by
            promises.partner_id, weeks.period_start, weeks.period_end, promises.kind, promises.tier
    ),

    final as (
        select
            counted.partner_id,
            counted.period_start,
            counted.period_end,
            counted.kind,
            counted.tier,
            counted.promised,
            counted.within,
            counted.breached,
            counted.pending,
            {{ decimal_ratio("counted.within", "counted.within + counted.breached") }}
            as attainment,
            counted.breached_ids,
            counted.handling_minutes,
            {{ cost_of_minutes("counted.handling_minutes", "costs.cost_per_minute") }}
            as support_cost_cents
        from counted
        left join costs on counted.period_start = costs.period_start
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from final
