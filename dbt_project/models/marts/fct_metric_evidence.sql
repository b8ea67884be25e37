-- One row per metric, partner, source row and span of period ends in which it counts.
with
    rules as (select * from {{ ref("int_evidence__rules") }}),

    scoring_rules as (select * from {{ ref("int_scoring_rules") }}),

    ends as (
        select distinct cast(period_end as timestamp) as ends_at from {{ ref("int_periods") }}
    ),

    newest as (select max(ends_at) as ends_at from ends),

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
                newest.ends_at
            ) as counted_until,
            items.numerator,
            items.denominator,
            items.amount_cents
        from items
        inner join
            rules on items.metric_key = rules.metric_key and items.partner_id = rules.partner_id
        left join scoring_rules on items.rules_from = scoring_rules.rules_from
        cross join newest
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
        cross join {{ ref("int_currency__reporting") }} as reporting
        where
            exists (
                select 1
                from ends
                where spans.counted_from < ends.ends_at and ends.ends_at <= spans.counted_until
            )
    )

select *
from final
