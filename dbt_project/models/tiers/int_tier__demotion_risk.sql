-- One row per partner and quarter after which what expires breaks a group of gates of its current
-- tier: the first to break.
with
    breaks as (select * from {{ ref("int_tier__gate_breaks") }}),

    held as (
        select gates.partner_id, gates.period_start, gates.gate_group, count(*) as gates
        from {{ ref("fct_tier_gate") }} as gates
        inner join
            {{ ref("fct_tier_score") }} as scores
            on gates.partner_id = scores.partner_id
            and gates.period_kind = scores.period_kind
            and gates.period_start = scores.period_start
            and gates.tier = scores.current_tier
        where gates.period_kind = 'quarter' and gates.is_met
        group by gates.partner_id, gates.period_start, gates.gate_group
    ),

    metrics as (select * from {{ ref("metrics") }}),

    reporting as (select * from {{ ref("int_currency__reporting") }}),

    ranked as (
        select
            *,
            case
                kind when 'contract' then 1 when 'certificate' then 2 when 'deal' then 3 else 4
            end as kind_rank
        from breaks
    ),

    -- A group stands as long as one of its gates does: it breaks with the last of them.
    last_ones as (
        select ranked.*
        from ranked
        inner join
            held
            on ranked.partner_id = held.partner_id
            and ranked.period_start = held.period_start
            and ranked.gate_group = held.gate_group
        qualify
            count(*) over (partition by ranked.partner_id, ranked.period_start, ranked.gate_group)
            = held.gates
            and row_number() over (
                partition by ranked.partner_id, ranked.period_start, ranked.gate_group
                order by ranked.breaks_on desc, ranked.kind_rank, ranked.gate
            )
            = 1
    ),

    first_ones as (
        select *
        from last_ones
        qualify
            row_number() over (
                partition by partner_id, period_start order by breaks_on, kind_rank, gate_group
            )
            = 1
    ),

    cut as (
        select
            first_ones.*,
            coalesce(metrics.unit, 'score') as unit,
            {{ gate_label("first_ones.gate", "metrics.label") }} as label
        from first_ones
        left join
            metrics
            on first_ones.gate = metrics.metric_key
            and {{ is_in_force("metrics", "first_ones.quarter_end") }}
    ),

    shown as (
        select
            *,
            cast(floor(contribution * {{ shown_parts("unit") }}) as bigint) as contribution_parts,
            cast(
                case
                    when comparison = 'at_most'
                    then ceil(left_over * {{ shown_parts("unit") }})
                    else floor(left_over * {{ shown_parts("unit") }})
                end as bigint
            ) as left_parts,
            cast(
                case
                    when comparison = 'at_most'
                    then floor(required * {{ shown_parts("unit") }})
                    else ceil(required * {{ shown_parts("unit") }})
                end as bigint
            ) as required_parts
        from cut
    ),

    final as (
        select
            shown.partner_id,
            shown.quarter_end,
            shown.breaks_on as demotion_risk_on,
            case
                shown.kind
                when 'contract'
                then 'Contract '
                when 'certificate'
                then 'Certificate '
                when 'assessment'
                then 'Security assessment '
                else 'Deal '
            end
            || shown.entity_id
            || case
                when shown.kind = 'deal' and shown.unit = 'usd'
                then ' (' || {{ shown_value("shown.contribution_parts", "shown.unit") }} || ')'
                else ''
            end
            || case
                when shown.items > 1
                then ' and ' || {{ number_word("(shown.items - 1)") }} || ' more'
                else ''
            end
            || case
                when shown.kind = 'contract'
                then ' ends and does not renew itself'
                when shown.kind = 'deal' and shown.items = 1
                then ' no longer counts'
                when shown.kind = 'deal'
                then ' no longer count'
                when shown.items = 1
                then ' expires'
                else ' expire'
            end
            || case
                when shown.kind = 'contract'
                then ''
                when shown.left_over is null
                then ': no ' || shown.label || ' any more'
                else
                    ': '
                    || shown.label
                    || ' '
                    || {{ shown_value("shown.left_parts", "shown.unit") }}
                    || ' against '
                    || case
                        shown.comparison
                        when 'at_most'
                        then 'at most '
                        when 'above'
                        then 'more than '
                        else ''
                    end
                    || {{ shown_value("shown.required_parts", "shown.unit") }}
                    || case
                        when shown.left_parts = shown.required_parts
                        then ''
                        when shown.comparison = 'at_most'
                        then
                            ', over by '
                            || {{
                                shown_value(
                                    "(shown.left_parts - shown.required_parts)", "shown.unit"
                                )
                            }}
                        else
                            ', short by '
                            || {{
                                shown_value(
                                    "(shown.required_parts - shown.left_parts)", "shown.unit"
                                )
                            }}
                    end
            end
            || '.' as demotion_risk
        from shown
        cross join reporting
    )

select *
from final
