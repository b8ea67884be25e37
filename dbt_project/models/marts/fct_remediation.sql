-- One row per SI and quarter.
-- The rung after a quarter is the greater of the rung its row of low scores reaches and the rung
-- before it, less one for a score that steps back. Over all quarters that is a running maximum:
-- the most that any earlier rung still is worth after the steps back since.
with
    scores as (
        select partner_id, period_start, period_end, si_quality_score, status
        from {{ ref("fct_si_quality") }}
        where period_kind = 'quarter'
    ),

    periods as (select * from {{ ref("int_periods") }} where period_kind = 'quarter'),

    rules as (select * from {{ ref("int_scoring_rules") }}),

    ladder as (select * from {{ ref("remediation_ladder") }}),

    rungs as (
        select
            periods.period_start,
            ladder.rung,
            ladder.rank,
            ladder.score_below,
            ladder.quarters_in_a_row
        from periods
        inner join ladder on {{ is_in_force("ladder", "periods.last_day") }}
    ),

    lines as (
        select periods.period_start, max(rungs.score_below) as highest_line
        from periods
        left join rungs on periods.period_start = rungs.period_start
        group by periods.period_start
    ),

    -- Quarters without a score neither count nor end a row.
    judged as (
        select
            *, row_number() over (partition by partner_id order by period_start) as quarter_number
        from scores
        where si_quality_score is not null
    ),

    rows_below as (
        select
            judged.partner_id,
            judged.period_start,
            rungs.rank,
            rungs.score_below,
            rungs.quarters_in_a_row
        from judged
        inner join rungs on judged.period_start = rungs.period_start
        inner join
            judged as recent
            on judged.partner_id = recent.partner_id
            and recent.quarter_number <= judged.quarter_number
            and recent.quarter_number > judged.quarter_number - rungs.quarters_in_a_row
            and recent.si_quality_score < rungs.score_below
        group by
            judged.partner_id,
            judged.period_start,
            rungs.rank,
            rungs.score_below,
            rungs.quarters_in_a_row
        having count(*) = rungs.quarters_in_a_row
    ),

    -- The highest rung, by the lowest line that leads to it.
    reached as (
        select partner_id, period_start, rank, score_below, quarters_in_a_row
        from rows_below
        qualify
            row_number() over (
                partition by partner_id, period_start order by rank desc, score_below
            )
            = 1
    ),

    steps as (
        select
            scores.partner_id,
            scores.period_start,
            scores.period_end,
            scores.si_quality_score,
            scores.status,
            reached.rank as reached_rank,
            reached.score_below,
            reached.quarters_in_a_row,
            rules.remediation_step_back_from,
            lines.highest_line,
            coalesce(
                scores.si_quality_score >= rules.remediation_step_back_from, false
            ) as is_step_back,
            sum(
                case
                    when scores.si_quality_score >= rules.remediation_step_back_from then 1 else 0
                end
            ) over (partition by scores.partner_id order by scores.period_start) as steps_back
        from scores
        inner join periods on scores.period_start = periods.period_start
        inner join rules on periods.rules_from = rules.rules_from
        inner join lines on scores.period_start = lines.period_start
        left join
            reached
            on scores.partner_id = reached.partner_id
            and scores.period_start = reached.period_start
    ),

    standing as (
        select
            *,
            greatest(
                0,
                max(coalesce(reached_rank, 0) + steps_back) over (
                    partition by partner_id order by period_start
                )
                - steps_back
            ) as rank
        from steps
    ),

    moved as (
        select
            *,
            coalesce(
                lag(rank) over (partition by partner_id order by period_start), 0
            ) as rank_before
        from standing
    ),

    stretches as (
        select
            *,
            sum(case when rank <> rank_before then 1 else 0 end) over (
                partition by partner_id order by period_start
            ) as stretch
        from moved
    ),

    named as (select distinct period_start, rung, rank from rungs),

    final as (
        select
            stretches.partner_id,
            {{ date_plus_days("stretches.period_end", -1) }} as quarter_end,
            coalesce(named.rung, 'none') as rung,
            case
                when stretches.si_quality_score is null
                then
                    case
                        stretches.status
                        when 'too_few'
                        then 'too few live projects'
                        when 'source_missing'
                        then 'source missing'
                        else 'nothing measured'
                    end
                when stretches.highest_line is null
                then 'no ladder in force'
                when stretches.is_step_back
                then
                    'at '
                    || {{ plain_number("stretches.remediation_step_back_from") }}
                    || ' or above'
                when stretches.reached_rank is null
                then
                    'between '
                    || {{ plain_number("stretches.highest_line") }}
                    || ' and '
                    || {{ plain_number("stretches.remediation_step_back_from") }}
                else
                    'below '
                    || {{ plain_number("stretches.score_below") }}
                    || case
                        when stretches.quarters_in_a_row > 1
                        then
                            ' for '
                            || cast(stretches.quarters_in_a_row as {{ dbt.type_string() }})
                            || ' quarters in a row'
                        else ''
                    end
            end || case
                when stretches.rank < stretches.rank_before
                then ': one rung back'
                when stretches.rank = stretches.rank_before and stretches.rank > 0
                then ': rung kept'
                else ''
            end as reason,
            case
                when stretches.rank > 0
                then
                    {{
                        date_plus_days(
                            "min(stretches.period_end) over (partition by stretches.partner_id, stretches.stretch)",
                            -1,
                        )
                    }}
            end as on_rung_since,
            stretches.si_quality_score
        from stretches
        left join
            named on stretches.period_start = named.period_start and stretches.rank = named.rank
    )

select *
from final
