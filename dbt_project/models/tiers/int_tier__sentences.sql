-- One row per partner and quarter: why its tier should move or stay, in sentences.
with
    movement as (select * from {{ ref("int_tier__movement") }}),

    quarters as (select * from {{ ref("int_partner__periods") }} where period_kind = 'quarter'),

    gate_words as (select * from {{ ref("int_tier__gate_words") }}),

    source_words as (select * from {{ ref("int_tier__source_words") }}),

    exceptions as (select * from {{ ref("int_tier__exceptions") }}),

    contracts as (
        select
            movement.partner_id,
            movement.period_start,
            max(contracts.until_at) as ended_at,
            min(
                case when contracts.from_at >= movement.period_end then contracts.from_at end
            ) as begins_at
        from movement
        inner join
            {{ ref("int_partner__contract_spans") }} as contracts
            on movement.partner_id = contracts.partner_id
        where movement.reason = 'no_active_contract'
        group by movement.partner_id, movement.period_start
    ),

    gates as (
        select
            partner_id,
            period_start,
            {{ join_in_order("case when is_met then met end", "place") }} as met,
            {{ join_in_order("case when not is_met then missed end", "place", "; ") }} as missed,
            {{ join_in_order("case when is_met is null then unjudged end", "place", "; ") }}
            as unjudged
        from gate_words
        group by partner_id, period_start
    ),

    named as (
        select
            movement.*,
            {{ as_name("movement.current_tier") }} as current_name,
            {{ as_name("movement.qualified_tier") }} as qualified_name,
            {{ as_name("movement.previous_qualified_tier") }} as previous_name,
            {{ as_name("movement.recommended_tier") }} as recommended_name,
            {{ as_name("movement.tier_below") }} as name_below,
            gates.met,
            gates.missed,
            gates.unjudged,
            contracts.ended_at,
            contracts.begins_at,
            source_words.missing as missing_sources,
            source_words.stale as stale_sources,
            exceptions.expires_on,
            trim(replace(exceptions.note, chr(10), ' ')) as exception_note
        from movement
        inner join
            quarters
            on movement.partner_id = quarters.partner_id
            and movement.period_start = quarters.period_start
        left join
            gates
            on movement.partner_id = gates.partner_id
            and movement.period_start = gates.period_start
        left join
            contracts
            on movement.partner_id = contracts.partner_id
            and movement.period_start = contracts.period_start
        left join
            source_words
            on quarters.archetype = source_words.archetype
            and movement.period_start = source_words.period_start
        left join
            exceptions
            on movement.partner_id = exceptions.partner_id
            and movement.period_start = exceptions.period_start
    ),

    worded as (
        select
            *,
            case
                reason
                when 'no_active_contract'
                then
                    'No active contract: ' || case
                        when ended_at is not null and begins_at is null
                        then
                            'the last one ended on '
                            || {{ spoken_date(date_plus_days("ended_at", -1)) }}
                        when begins_at is not null
                        then 'the next one begins on ' || {{ spoken_date("begins_at") }}
                        else 'there is none on record'
                    end
                    || '.'
                when 'inactive'
                then
                    'No deal sourced or influenced and no touch in '
                    || cast(exit_months as {{ dbt.type_string() }})
                    || ' months: '
                    || coalesce(
                        'the last activity was on ' || {{ spoken_date("last_active_at") }},
                        'none is on record'
                    )
                    || '.'
                when 'source_missing'
                then 'Nobody moves on missing data: ' || missing_sources || '.'
                when 'stale'
                then 'Nobody moves on old data: nothing new in ' || stale_sources || '.'
                when 'coverage'
                then
                    'Not enough data: '
                    || {{ in_tenths("cast(floor(coalesce(coverage, 0) * 1000) as bigint)") }}
                    || '% of the score is measured, '
                    || {{ in_tenths("cast(ceil(coverage_floor * 1000) as bigint)") }}
                    || '% is needed.'
                when 'exception'
                then
                    'An exception holds ' || coalesce(
                        'until ' || {{ spoken_date(date_plus_days("expires_on", -1)) }},
                        'without an end'
                    )
                    || coalesce(': ' || nullif(exception_note, ''), '')
                    || '.'
                when 'qualified_twice'
                then
                    'Qualified for '
                    || recommended_name
                    || case
                        quarters_to_promote
                        when 1
                        then ' at this quarter end: '
                        when 2
                        then ' at both quarter ends: '
                        else
                            ' at '
                            || {{ number_word("quarters_to_promote") }}
                            || ' quarter ends in a row: '
                    end
                    || met
                    || '.'
                when 'provisional'
                then
                    'Missed '
                    || current_name
                    || ', which does not count in the first '
                    || cast(provisional_months as {{ dbt.type_string() }})
                    || ' months after signing on '
                    || {{ spoken_date("signed_on") }}
                    || ': '
                    || missed
                    || '.'
                when 'misses'
                then
                    'Missed '
                    || current_name
                    || case
                        misses
                        when 1
                        then ' at this quarter end: '
                        else ' at ' || {{ number_word("misses") }} || ' quarter ends in a row: '
                    end
                    || missed
                    || '.'
                when 'first_miss'
                then 'Missed ' || current_name || ' at this quarter end: ' || missed || '.'
                when 'in_place'
                then
                    case
                        when current_rank is null
                        then 'The programme has no tier ' || coalesce(current_name, '') || '.'
                        when qualified_rank = current_rank
                        then 'Qualified for ' || current_name || ', the tier it has.'
                        when qualified_rank > current_rank
                        then
                            'Qualified for '
                            || qualified_name
                            || ' at this quarter end; '
                            || {{ number_word("quarters_to_promote") }}
                            || ' in a row are needed.'
                        when missed is not null
                        then 'Missed ' || current_name || ', the lowest tier: ' || missed || '.'
                        else
                            current_name
                            || ' cannot be judged: '
                            || coalesce(unjudged, 'nothing is known')
                            || '.'
                    end
            end as first_sentence,
            case
                reason
                when 'qualified_twice'
                then
                    case
                        when
                            quarters_to_promote = 2
                            and (
                                qualified_tier <> recommended_tier
                                or previous_qualified_tier <> recommended_tier
                            )
                        then
                            'Qualified for '
                            || qualified_name
                            || ' now and for '
                            || previous_name
                            || ' the quarter before: the lower of the two counts.'
                    end
                when 'source_missing'
                then 'Nobody moves on old data either: nothing new in ' || stale_sources || '.'
                when 'misses'
                then 'One tier down, to ' || name_below || '.'
                when 'first_miss'
                then
                    'At '
                    || {{ number_word("misses_to_demote") }}
                    || ' quarter ends in a row it goes down to '
                    || name_below
                    || '.'
            end as second_sentence
        from named
    ),

    final as (
        select
            partner_id,
            period_start,
            first_sentence || coalesce(chr(10) || second_sentence, '') as sentences
        from worded
    )

select *
from final
