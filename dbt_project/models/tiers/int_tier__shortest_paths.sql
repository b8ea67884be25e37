-- One row per partner for which there are moves that qualify it for the next tier: the fewest, as a
-- code of what it takes of each metric.
{% set holding = ["has_all_criteria", "has_all_metrics", "group_bits", "closed_bits"] %}

with
    groups as (select * from {{ ref("int_tier__path_groups") }}),

    needs as (select * from {{ ref("int_tier__path_needs") }}),

    halves as (select * from {{ ref("int_tier__path_halves") }}),

    -- With the best score for as many moves: enough to know how many it takes.
    best_halves as (
        select
            partner_id,
            slot,
            moves,
            {% for column in holding %} {{ column }}, {% endfor %}
            max(points) as points
        from halves
        group by partner_id, slot, moves {% for column in holding %}, {{ column }} {% endfor %}
    ),

    lengths as (
        select partner_id, by_gap, min(path_length) as shortest
        from ({{ completed_paths("best_halves", "best_halves", "needs") }}) as paths
        group by partner_id, by_gap
    ),

    known as (
        select needs.*, lengths.shortest, lengths.shortest - bit_count(lengths.by_gap) as fewest
        from needs
        inner join lengths on needs.partner_id = lengths.partner_id
    ),

    -- Of two halves alike but for score and code, one that is worse in both is of no use.
    useful as (
        select
            halves.*,
            row_number() over (
                partition by halves.partner_id
                order by halves.slot, halves.moves, halves.code, halves.points, halves.closures
            ) as half_number
        from halves
        inner join
            lengths on halves.partner_id = lengths.partner_id and halves.moves <= lengths.shortest
        qualify
            coalesce(
                halves.code > max(halves.code) over (
                    partition by
                        halves.partner_id,
                        halves.slot,
                        halves.moves,
                        halves.closures
                        {% for column in holding %}, halves.{{ column }} {% endfor %}
                    order by halves.points desc, halves.code desc
                    rows between unbounded preceding and 1 preceding
                ),
                true
            )
    ),

    -- First halves that the best second half completes in time.
    completable as (
        select distinct partner_id, half_number
        from
            (
                {{
                    completed_paths(
                        "useful", "best_halves", "known", kept=["half_number"], among=true
                    )
                }}
            ) as paths
        where path_length = shortest
    ),

    firsts as (
        select useful.*
        from useful
        inner join
            completable
            on useful.partner_id = completable.partner_id
            and useful.half_number = completable.half_number
    ),

    shortest_ones as (
        select *
        from
            (
                {{
                    completed_paths(
                        "firsts",
                        "useful",
                        "known",
                        added=["closed_bits", "closures", "gap_share", "code"],
                        among=true,
                    )
                }}
            ) as paths
        where path_length = shortest
    ),

    outside as (
        select remaining.partner_id, remaining.remaining, sum(groups.gap_share) as gap_share
        from (select distinct partner_id, remaining from shortest_ones) as remaining
        inner join
            groups
            on remaining.partner_id = groups.partner_id
            and (remaining.remaining & groups.group_bit) > 0
        group by remaining.partner_id, remaining.remaining
    ),

    final as (
        select
            paths.partner_id,
            cast(paths.path_length as integer) as path_length,
            paths.code,
            paths.closures,
            paths.remaining
        from shortest_ones as paths
        left join
            outside on paths.partner_id = outside.partner_id and paths.remaining = outside.remaining
        qualify
            row_number() over (
                partition by paths.partner_id
                order by
                    bit_count(paths.closed_bits) + bit_count(paths.remaining) desc,
                    paths.gap_share + coalesce(outside.gap_share, 0),
                    paths.code desc,
                    paths.closures desc
            )
            = 1
    )

select *
from final
