-- One row per metric, partner, source row and span of period ends in which it counts.
with
    rules as (select * from {{ ref("int_evidence__rules") }}),

    scoring_rules as (select * from {{ ref("int_scoring_rules") }}),

    ends as (select distinct period_end from {{ ref("int_periods") }}),

    extent as (
        select
            {{ date_plus_days("min(period_end)", -1) }} as first_day,
            {{ date_plus_days("max(period_end)", -1) }} as last_day,
            cast(max(period_end) as timestamp) as newest_end_at
        from ends
    ),

    numbered_days as (
        select first_day, {{ each_integer("0", days_between("first_day", "last_day")) }} as number
        from extent
    ),

    days as (select {{ date_plus_days("first_day", "number") }} as on_day from numbered_days),

    -- The first end after each day: what begins to count on the day counts there first, or nowhere.
    next_ends as (
        select days.on_day, cast(min(ends.period_end) as timestamp) as next_end_at
        from days
        inner join ends on days.on_day < ends.period_end
        group by days.on_day
    ),

    -- A period of either kind that ends on one day sees the same.
    items as (
        {% for relation in [
            "answers",
            "assessments",
            "certificates",
            "contracts",
            "customers",
            "deals",
            "exposure",
            "grants",
            "incidents",
            "installs",
            "points",
            "referrals",
            "si_quality",
            "tickets",
        ] %}
            select
                {{ "distinct" if relation == "exposure" }}
                metric_key,
                partner_id,
                rules_from,
                entity,
                entity_id,
                is_event,
                happened_at,
                from_at,
                until_at,
                cast(numerator as decimal(28, 9)) as numerator,
                cast(denominator as decimal(28, 9)) as denominator,
                amount_cents
            from {{ ref("int_evidence__" ~ relation) }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    -- An event counts from where it is known while the window reaches back to it, a state while it
    -- stands; either only in periods of the rules it was judged by.
    spans as (
        select
            items.metric_key,
            items.partner_id,
            items.entity,
            items.entity_id,
            items.happened_at,
            greatest(
                items.from_at, rules.from_at, cast(scoring_rules.rules_from as timestamp)
            ) as counted_from,
            least(
                items.until_at,
                case
                    when items.is_event
                    then
                        {{
                            last_end_reaching(
                                "items.happened_at", "rules.window_months", "rules.window_days"
                            )
                        }}
                end,
                rules.until_at,
                cast(scoring_rules.rules_until as timestamp),
                extent.newest_end_at
            ) as counted_until,
            items.numerator,
            items.denominator,
            items.amount_cents
        from items
        inner join
            rules on items.metric_key = rules.metric_key and items.partner_id = rules.partner_id
        left join scoring_rules on items.rules_from = scoring_rules.rules_from
        cross join extent
    ),

    final as (
        select
            spans.metric_key,
            spans.partner_id,
            spans.entity,
            spans.entity_id,
            spans.happened_at,
            spans.counted_from,
            spans.counted_until,
            -- What an amount contributes is itself, and nothing where it is unknown.
            coalesce(
                spans.numerator, {{ in_reporting_units("coalesce(spans.amount_cents, 0)") }}
            ) as contribution,
            spans.denominator as denominator_contribution,
            spans.amount_cents
        from spans
        cross join extent
        inner join
            next_ends
            on next_ends.on_day = greatest(cast(spans.counted_from as date), extent.first_day)
            and next_ends.next_end_at <= spans.counted_until
        cross join {{ ref("int_currency__reporting") }} as reporting
    )

select *
from final
