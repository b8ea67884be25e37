-- One row per completed fiscal quarter and motion: partner type and partner role.
{% set motion_history = "partition by partner_type, partner_role order by quarter_start" %}

with
    quarters as (select * from {{ ref("int_margin__quarters") }}),

    -- As many quarters running as ruled on the quarter's last day.
    rules as (
        select
            days.quarter_start,
            days.quarter_end,
            {{ setting_value("kill_list_quarters", "integer") }} as kill_list_quarters
        from
            (
                select distinct
                    quarter_start,
                    {{ date_plus_days(date_plus_months("quarter_start", 3), -1) }} as quarter_end
                from quarters
            ) as days
        inner join
            {{ ref("settings") }} as settings on {{ is_in_force("settings", "days.quarter_end") }}
        group by days.quarter_start, days.quarter_end
    ),

    numbered as (
        select
            *,
            row_number() over ({{ motion_history }}) as position,
            lag(contribution_margin_cents) over (
                {{ motion_history }}
            ) as previous_contribution_margin_cents
        from quarters
    ),

    -- A streak is as long as it is since the last quarter that was not negative.
    streaks as (
        select
            *,
            position - coalesce(
                max(case when contribution_margin_cents >= 0 then position end) over (
                    {{ motion_history }}
                ),
                0
            ) as negative_quarters,
            -- Costs of partners that never billed anything are no business that could be stopped.
            max(case when gross_cents <> 0 then 1 else 0 end) over ({{ motion_history }})
            = 1 as has_billed
        from numbered
    ),

    costs as (
        {% for cost in margin_costs() %}
            select
                quarter_start,
                partner_type,
                partner_role,
                '{{ cost }}' as cost_line,
                {{ loop.index }} as position,
                {{ cost }}_cents as cost_cents
            from quarters
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    largest as (
        select *
        from costs
        where cost_cents > 0
        qualify
            row_number() over (
                partition by quarter_start, partner_type, partner_role
                order by cost_cents desc, position
            )
            = 1
    ),

    judged as (
        select
            streaks.*,
            rules.quarter_end,
            rules.kill_list_quarters,
            streaks.negative_quarters >= rules.kill_list_quarters as is_negative_for_long,
            largest.cost_line as largest_cost_line,
            coalesce(largest.cost_cents, 0) as largest_cost_cents
        from streaks
        inner join rules on streaks.quarter_start = rules.quarter_start
        left join
            largest
            on streaks.quarter_start = largest.quarter_start
            and streaks.partner_type = largest.partner_type
            and streaks.partner_role = largest.partner_role
    ),

    final as (
        select
            quarter_end,
            partner_type,
            partner_role,
            partners,
            net_cents,
            contribution_margin_cents,
            previous_contribution_margin_cents,
            cast(negative_quarters as bigint) as negative_quarters,
            largest_cost_line,
            largest_cost_cents,
            is_all_subsidised,
            is_negative_for_long and has_billed and not is_all_subsidised as is_listed,
            case
                when is_negative_for_long and not has_billed
                then 'never_billed'
                when is_negative_for_long and is_all_subsidised
                then 'subsidised'
                when is_negative_for_long
                then 'negative'
                when negative_quarters > 0
                then 'negative_not_long_enough'
                else 'not_negative'
            end as reason
        from judged
    )

select *
from final
