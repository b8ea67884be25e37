-- One row per partner, quarter and gate of its current tier that is met then and will not be for
-- want of what expires within a year: the first day on which it is not.
with
    held as (
        select
            gates.partner_id,
            gates.period_start,
            gates.period_end,
            {{ date_plus_days("gates.period_end", -1) }} as quarter_end,
            {{ date_plus_months(date_plus_days("gates.period_end", -1), 12) }} as last_day,
            gates.gate_group,
            gates.gate,
            gates.comparison,
            gates.required,
            gates.actual
        from {{ ref("fct_tier_gate") }} as gates
        inner join
            {{ ref("fct_tier_score") }} as scores
            on gates.partner_id = scores.partner_id
            and gates.period_kind = scores.period_kind
            and gates.period_start = scores.period_start
            and gates.tier = scores.current_tier
        where gates.period_kind = 'quarter' and gates.is_met
    ),

    metrics as (select * from {{ ref("metrics") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    items as (
        {% for relation, kind in [
            ("deals", "deal"),
            ("referrals", "deal"),
            ("certificates", "certificate"),
        ] %}
            select
                '{{ kind }}' as kind,
                metric_key,
                partner_id,
                entity_id,
                is_event,
                happened_at,
                from_at,
                until_at,
                numerator,
                amount_cents
            from {{ ref("int_evidence__" ~ relation) }}
            where denominator is null
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),

    -- What a gate's value rests on as known at the quarter's end, and when it ends by itself.
    resting as (
        select
            held.partner_id,
            held.period_start,
            held.period_end,
            held.last_day,
            held.gate_group,
            held.gate,
            items.kind,
            items.entity_id,
            items.from_at,
            case
                when items.is_event
                then
                    {{
                        last_end_reaching(
                            "items.happened_at", "metrics.window_months", "metrics.window_days"
                        )
                    }}
                else items.until_at
            end as until_at,
            cast(
                coalesce(
                    items.numerator, {{ in_reporting_units("coalesce(items.amount_cents, 0)") }}
                ) as decimal(28, 9)
            ) as contribution
        from held
        inner join
            metrics
            on held.gate = metrics.metric_key
            and {{ is_in_force("metrics", "held.quarter_end") }}
        inner join
            items
            on held.partner_id = items.partner_id
            and held.gate = items.metric_key
            and items.happened_at < held.period_end
            and (items.from_at < held.period_end or items.kind = 'certificate')
            and (items.until_at is null or items.until_at >= held.period_end)
        cross join reporting
    ),

    changes as (
        select
            *,
            cast(until_at as date) as changes_on,
            - contribution as change,
            row_number() over (
                partition by partner_id, period_start, gate_group, gate, cast(until_at as date)
                order by contribution desc, entity_id
            ) as place
        from resting
        where period_end <= until_at and cast(until_at as date) <= last_day
        union all
        select *, cast(from_at as date), contribution, null
        from resting
        where period_end <= from_at and cast(from_at as date) <= last_day
    ),

    days as (
        select
            partner_id,
            period_start,
            gate_group,
            gate,
            kind,
            changes_on,
            sum(change) as change,
            max(case when place = 1 then entity_id end) as entity_id,
            max(case when place = 1 then contribution end) as contribution,
            cast(count(place) as integer) as items
        from changes
        group by partner_id, period_start, gate_group, gate, kind, changes_on
    ),

    running as (
        select
            days.*,
            cast(
                held.actual + sum(days.change) over (
                    partition by days.partner_id, days.period_start, days.gate_group, days.gate
                    order by days.changes_on
                    rows between unbounded preceding and current row
                ) as decimal(28, 9)
            ) as left_over
        from days
        inner join
            held
            on days.partner_id = held.partner_id
            and days.period_start = held.period_start
            and days.gate_group = held.gate_group
            and days.gate = held.gate
    ),

    -- Contracts known by the quarter's end.
    contracts as (
        select
            spans.partner_id,
            spans.contract_id,
            spans.from_at,
            spans.until_at,
            coalesce(contracts.signed_on, contracts.starts_on) as known_on
        from {{ ref("int_partner__contract_spans") }} as spans
        inner join
            {{ ref("stg_crm__contracts") }} as contracts
            on spans.contract_id = contracts.contract_id
    ),

    ending as (
        select
            held.partner_id,
            held.period_start,
            held.gate_group,
            held.gate,
            cast(contracts.until_at as date) as changes_on,
            contracts.contract_id
        from held
        inner join
            contracts
            on held.partner_id = contracts.partner_id
            and contracts.known_on < held.period_end
            and contracts.until_at >= held.period_end
            and cast(contracts.until_at as date) <= held.last_day
        left join
            contracts as others
            on held.partner_id = others.partner_id
            and others.known_on < held.period_end
            and others.from_at <= contracts.until_at
            and (others.until_at is null or contracts.until_at < others.until_at)
        where held.gate = 'active_contract' and others.contract_id is null
    ),

    -- The assessment that holds at the quarter's end, and the score without it.
    expiring as (
        select distinct
            held.partner_id, held.period_start, spans.assessment_id, assessments.expires_on
        from held
        inner join
            {{ ref("int_partner__assessment_spans") }} as spans
            on held.partner_id = spans.partner_id
            and spans.from_at < held.period_end
            and (spans.until_at is null or held.period_end <= spans.until_at)
        inner join
            {{ ref("stg_crm__security_assessments") }} as assessments
            on spans.assessment_id = assessments.assessment_id
            and held.period_end <= assessments.expires_on
            and assessments.expires_on <= held.last_day
    ),

    expired as (
        select
            expiring.partner_id,
            expiring.period_start,
            scored.metric_key,
            policy.criterion,
            policy.metric_weight,
            scored.rubric_score,
            case
                when answers.entity_id is null then scored.rubric_score else policy.score_when_null
            end as score_then,
            answers.entity_id is not null as is_assessed
        from expiring
        inner join
            {{ ref("fct_partner_metric") }} as scored
            on expiring.partner_id = scored.partner_id
            and expiring.period_start = scored.period_start
        inner join
            {{ ref("int_metric_periods") }} as policy
            on scored.metric_key = policy.metric_key
            and scored.period_kind = policy.period_kind
            and scored.period_start = policy.period_start
        left join
            {{ ref("int_evidence__assessments") }} as answers
            on expiring.assessment_id = answers.entity_id
            and scored.metric_key = answers.metric_key
        where scored.period_kind = 'quarter' and scored.status = 'measured'
    ),

    criteria_then as (
        select
            expired.partner_id,
            expired.period_start,
            expired.criterion,
            points.weight,
            cast(
                sum(
                    cast(expired.score_then as decimal(13, 9))
                    * cast(expired.metric_weight as decimal(16, 9))
                ) as decimal(28, 9)
            ) as points,
            cast(
                sum(
                    case when expired.score_then is not null then expired.metric_weight end
                ) as decimal(28, 9)
            ) as measured_weight
        from expired
        inner join
            {{ ref("int_criterion_points") }} as points
            on expired.partner_id = points.partner_id
            and expired.period_start = points.period_start
            and expired.criterion = points.criterion
        where points.period_kind = 'quarter'
        group by expired.partner_id, expired.period_start, expired.criterion, points.weight
    ),

    weights_then as (
        select
            partner_id,
            period_start,
            cast(sum(weight) as decimal(28, 9)) as weight,
            min({{ decimal_ratio("points", "measured_weight") }}) as every_criterion
        from criteria_then
        where measured_weight > 0
        group by partner_id, period_start
    ),

    scores_then as (
        select
            criteria_then.partner_id,
            criteria_then.period_start,
            weights_then.every_criterion,
            cast(
                sum(
                    {{
                        fine_quotient(
                            "criteria_then.weight",
                            "criteria_then.points",
                            "weights_then.weight",
                            "criteria_then.measured_weight",
                        )
                    }}
                ) as decimal(28, 9)
            ) as weighted_score
        from criteria_then
        inner join
            weights_then
            on criteria_then.partner_id = weights_then.partner_id
            and criteria_then.period_start = weights_then.period_start
        where criteria_then.measured_weight > 0
        group by criteria_then.partner_id, criteria_then.period_start, weights_then.every_criterion
    ),

    metrics_then as (
        select partner_id, period_start, min(score_then) as every_metric
        from expired
        group by partner_id, period_start
    ),

    unassessed as (
        select
            held.partner_id,
            held.period_start,
            held.gate_group,
            held.gate,
            expiring.expires_on as changes_on,
            expiring.assessment_id,
            case
                held.gate
                when 'weighted_score'
                then scores_then.weighted_score
                when 'every_criterion'
                then scores_then.every_criterion
                when 'every_metric'
                then metrics_then.every_metric
            end as left_over
        from held
        inner join
            expiring
            on held.partner_id = expiring.partner_id
            and held.period_start = expiring.period_start
        left join
            scores_then
            on held.partner_id = scores_then.partner_id
            and held.period_start = scores_then.period_start
        left join
            metrics_then
            on held.partner_id = metrics_then.partner_id
            and held.period_start = metrics_then.period_start
        left join
            expired
            on held.partner_id = expired.partner_id
            and held.period_start = expired.period_start
            and held.gate = expired.metric_key
        where
            held.gate in ('weighted_score', 'every_criterion', 'every_metric')
            or expired.is_assessed
    ),

    losses as (
        select
            partner_id,
            period_start,
            gate_group,
            gate,
            kind,
            changes_on,
            entity_id,
            contribution,
            items,
            left_over
        from running
        union all
        select
            partner_id,
            period_start,
            gate_group,
            gate,
            'contract',
            changes_on,
            contract_id,
            null,
            1,
            cast(0 as decimal(28, 9))
        from ending
        union all
        select
            partner_id,
            period_start,
            gate_group,
            gate,
            'assessment',
            changes_on,
            assessment_id,
            null,
            1,
            left_over
        from unassessed
    ),

    final as (
        select
            losses.partner_id,
            losses.period_start,
            held.quarter_end,
            losses.gate_group,
            losses.gate,
            held.comparison,
            held.required,
            losses.changes_on as breaks_on,
            losses.kind,
            losses.entity_id,
            losses.contribution,
            losses.items,
            losses.left_over
        from losses
        inner join
            held
            on losses.partner_id = held.partner_id
            and losses.period_start = held.period_start
            and losses.gate_group = held.gate_group
            and losses.gate = held.gate
        where
            not coalesce(
                case
                    held.comparison
                    when 'at_least'
                    then losses.left_over >= held.required
                    when 'above'
                    then losses.left_over > held.required
                    when 'at_most'
                    then losses.left_over <= held.required
                end,
                false
            )
        qualify
            row_number() over (
                partition by losses.partner_id, losses.period_start, losses.gate_group, losses.gate
                order by losses.changes_on, losses.entity_id
            )
            = 1
    )

select *
from final
