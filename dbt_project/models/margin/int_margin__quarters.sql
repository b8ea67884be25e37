-- One row per completed fiscal quarter and motion, from the motion's first quarter on.
with
    run as (select as_of from {{ source("quality", "run") }}),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    calendar as ({{ fiscal_calendar() }}),

    -- Direct and unknown business is no motion of a partner.
    margin as (
        select
            margin.*,
            {{ fiscal_quarter_start("margin.month", "calendar.fiscal_shift") }} as quarter_start
        from {{ ref("fct_partner_margin_monthly") }} as margin
        cross join calendar
        where margin.partner_type not in ('direct', 'unknown')
    ),

    motions as (
        select partner_type, partner_role, min(quarter_start) as first_quarter
        from margin
        group by partner_type, partner_role
    ),

    -- From the first quarter to the last one that is over.
    spans as (
        select
            min(motions.first_quarter) as first_quarter,
            max(
                {{ fiscal_quarter_start(date_plus_days("run.as_of", 1), "calendar.fiscal_shift") }}
            ) as running_quarter
        from motions
        cross join run
        cross join calendar
    ),

    counted as (
        select
            first_quarter,
            {{ each_integer("0", months_between("first_quarter", "running_quarter") ~ " - 1") }}
            as months_in
        from spans
    ),

    quarters as (
        select {{ date_plus_months("first_quarter", "months_in") }} as quarter_start
        from counted
        where months_in % 3 = 0
    ),

    summed as (
        select
            quarter_start,
            partner_type,
            partner_role,
            count(distinct partner_id) as partners,
            bool_and(is_subsidised) as is_all_subsidised,
            {% for cost in margin_costs() %} sum({{ cost }}_cents) as {{ cost }}_cents, {% endfor %}
            sum(gross_cents) as gross_cents,
            sum(net_cents) as net_cents,
            sum(contribution_margin_cents) as contribution_margin_cents
        from margin
        group by quarter_start, partner_type, partner_role
    ),

    final as (
        select
            quarters.quarter_start,
            motions.partner_type,
            motions.partner_role,
            cast(coalesce(summed.partners, 0) as bigint) as partners,
            coalesce(summed.is_all_subsidised, false) as is_all_subsidised,
            {% for cost in margin_costs() %}
                cast(coalesce(summed.{{ cost }}_cents, 0) as bigint) as {{ cost }}_cents,
            {% endfor %}
            cast(coalesce(summed.gross_cents, 0) as bigint) as gross_cents,
            cast(coalesce(summed.net_cents, 0) as bigint) as net_cents,
            cast(
                coalesce(summed.contribution_margin_cents, 0) as bigint
            ) as contribution_margin_cents
        from motions
        inner join quarters on motions.first_quarter <= quarters.quarter_start
        left join
            summed
            on quarters.quarter_start = summed.quarter_start
            and motions.partner_type = summed.partner_type
            and motions.partner_role = summed.partner_role
    )

select *
from final
