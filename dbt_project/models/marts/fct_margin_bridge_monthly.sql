-- One row per month, partner type or company, and line of the statement that leads from the month
-- before.
{% set costs = margin_costs() %}
{% set lines = ["gross", "refunds_credits"] + costs %}

with
    run as (select as_of from {{ source("quality", "run") }}),

    by_type as (select * from {{ ref("mart_margin_by_partner_type_monthly") }}),

    statements as (
        select
            month,
            partner_type,
            {% for line in lines %}
                {{ line }}_cents {% if not loop.last %}, {% endif %}
            {% endfor %}
        from by_type
        union all
        select
            month,
            'company',
            {% for line in lines %}
                cast(sum({{ line }}_cents) as bigint) {% if not loop.last %}, {% endif %}
            {% endfor %}
        from by_type
        group by month
    ),

    -- Each month counts for itself, and against the one after it.
    effects as (
        {% for line in lines %}
            select
                month,
                partner_type,
                '{{ line }}' as line,
                {{ loop.index }} as position,
                {% if line in costs %} - {% endif %} {{ line }}_cents as effect_cents
            from statements
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    changes as (
        select month, partner_type, line, position, effect_cents
        from effects
        union all
        select {{ date_plus_months("month", 1) }}, partner_type, line, position, - effect_cents
        from effects
    ),

    -- The first month has none before it, and the month after the as-of date's is yet to come.
    firsts as (select min(month) as first_month from statements),

    final as (
        select
            changes.month,
            changes.partner_type,
            changes.line,
            changes.position,
            cast(sum(changes.effect_cents) as bigint) as delta_cents
        from changes
        cross join firsts
        cross join run
        where changes.month > firsts.first_month and changes.month <= run.as_of
        group by changes.month, changes.partner_type, changes.line, changes.position
    )

select *
from final
