-- One row per partner, scored metric and way to improve it on the way to the next tier, none
-- included: what it costs in steps and gaps, the score it gives and the groups of gates it
-- satisfies.
with
    levels as (select * from {{ ref("int_tier__path_levels") }}),

    gates as (select * from {{ ref("int_tier__missing_gates") }} where not is_of_score),

    metric_periods as (
        select *
        from {{ ref("int_metric_periods") }}
        where
            period_kind = 'quarter'
            and period_start in (select period_start from {{ ref("int_tier__missing_gates") }})
    ),

    rubric_bands as (select * from {{ ref("rubric_bands") }}),

    bands as ({{ bands_in_force("metric_periods", "rubric_bands") }}),

    -- Ties between paths go by metric key: a metric's steps are a digit of one number, those of the
    -- first metric the highest.
    numbered as (
        select
            partner_id,
            metric_key,
            cast(
                row_number() over (partition by partner_id order by metric_key desc) as integer
            ) as digit
        from levels
        where level = 0
    ),

    -- Closing a gap takes the metric to what is required, and to the score of that.
    closed as (
        select
            gates.partner_id,
            gates.gate as metric_key,
            gates.group_number,
            gates.group_bit,
            gates.gap_share,
            gates.required as bound,
            gates.comparison <> 'above' as is_inclusive,
            greatest(
                levels.score, coalesce({{ score_in_band("gates.required", "bands") }}, levels.score)
            ) as score
        from gates
        inner join
            levels
            on gates.partner_id = levels.partner_id
            and gates.gate = levels.metric_key
            and levels.level = 0
        left join
            bands on gates.gate = bands.metric_key and {{ is_in_band("gates.required", "bands") }}
        where gates.is_judged
    ),

    ways as (
        select
            partner_id,
            metric_key,
            level as steps,
            cast(0 as integer) as closed_group,
            cast(0 as bigint) as closed_bit,
            cast(0 as decimal(28, 9)) as gap_share,
            score,
            bound,
            is_inclusive
        from levels
        union all
        select
            partner_id,
            metric_key,
            0,
            cast(group_number as integer),
            group_bit,
            gap_share,
            score,
            bound,
            is_inclusive
        from closed
        union all
        select
            closed.partner_id,
            closed.metric_key,
            cast(
                row_number() over (
                    partition by closed.partner_id, closed.metric_key, closed.group_number
                    order by levels.score
                ) as integer
            ),
            cast(closed.group_number as integer),
            closed.group_bit,
            closed.gap_share,
            levels.score,
            levels.bound,
            levels.is_inclusive
        from closed
        inner join
            levels
            on closed.partner_id = levels.partner_id
            and closed.metric_key = levels.metric_key
            and closed.score < levels.score
    ),

    satisfied as (
        select
            ways.partner_id,
            ways.metric_key,
            ways.steps,
            ways.closed_group,
            ways.closed_bit | coalesce(
                bit_or(
                    case
                        when
                            gates.comparison = 'at_least'
                            and ways.bound >= gates.required
                            or gates.comparison = 'above'
                            and ways.bound > gates.required
                            or gates.comparison = 'above'
                            and ways.bound = gates.required
                            and not ways.is_inclusive
                            or gates.comparison = 'at_most'
                            and ways.bound <= gates.required
                        then gates.group_bit
                        else 0
                    end
                ),
                0
            ) as group_bits
        from ways
        inner join gates on ways.partner_id = gates.partner_id and ways.metric_key = gates.gate
        group by ways.partner_id, ways.metric_key, ways.steps, ways.closed_group, ways.closed_bit
    ),

    final as (
        select
            ways.partner_id,
            ways.metric_key,
            levels.criterion,
            levels.metric_weight,
            ways.steps,
            ways.closed_group,
            ways.closed_bit,
            ways.gap_share,
            ways.score,
            ways.bound,
            ways.is_inclusive,
            coalesce(satisfied.group_bits, 0) as group_bits,
            numbered.digit,
            cast(rpad('1', numbered.digit, '0') as {{ wide_integer() }}) as place
        from ways
        inner join
            levels
            on ways.partner_id = levels.partner_id
            and ways.metric_key = levels.metric_key
            and levels.level = 0
        inner join
            numbered
            on ways.partner_id = numbered.partner_id
            and ways.metric_key = numbered.metric_key
        left join
            satisfied
            on ways.partner_id = satisfied.partner_id
            and ways.metric_key = satisfied.metric_key
            and ways.steps = satisfied.steps
            and ways.closed_group = satisfied.closed_group
        where ways.steps <= 9
    )

select *
from final
