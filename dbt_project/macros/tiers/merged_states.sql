{#- Neighbouring slots of states merged two by two: each pair of states in one, an odd slot as it is. Moves, points,
    gap shares and codes add up, what holds must hold in both, and no group of gates is closed twice. Of states that
    agree in all of this the one with the highest code stays.

    states     a CTE: the columns of `of`, slot, moves, points, has_all_criteria, has_all_metrics, group_bits,
               closed_bits, closures, gap_share, code -#}
{% macro merged_states(states, of) %}
    select
        {% for column in of %} one.{{ column }}, {% endfor %}
        cast({{ whole_quotient("one.slot", 2) }} as integer) as slot,
        one.moves + coalesce(other.moves, 0) as moves,
        one.points + coalesce(other.points, 0) as points,
        one.has_all_criteria and coalesce(other.has_all_criteria, true) as has_all_criteria,
        one.has_all_metrics and coalesce(other.has_all_metrics, true) as has_all_metrics,
        one.group_bits | coalesce(other.group_bits, 0) as group_bits,
        one.closed_bits | coalesce(other.closed_bits, 0) as closed_bits,
        one.closures + coalesce(other.closures, 0) as closures,
        one.gap_share + coalesce(other.gap_share, 0) as gap_share,
        max(one.code + coalesce(other.code, 0)) as code
    from {{ states }} as one
    left join
        {{ states }} as other
        on one.slot + 1 = other.slot
        and (one.closed_bits & other.closed_bits) = 0
        {% for column in of %} and one.{{ column }} = other.{{ column }} {% endfor %}
    where one.slot % 2 = 0
    group by
        {% for column in of %} one.{{ column }}, {% endfor %}
        cast({{ whole_quotient("one.slot", 2) }} as integer),
        one.moves + coalesce(other.moves, 0),
        one.points + coalesce(other.points, 0),
        one.has_all_criteria and coalesce(other.has_all_criteria, true),
        one.has_all_metrics and coalesce(other.has_all_metrics, true),
        one.group_bits | coalesce(other.group_bits, 0),
        one.closed_bits | coalesce(other.closed_bits, 0),
        one.closures + coalesce(other.closures, 0),
        one.gap_share + coalesce(other.gap_share, 0)
{% endmacro %}
