{#- Two halves of a partner's moves put together, and what is still lacking then: the groups of gates that neither the
    score, its criteria and metrics nor a metric's own value satisfy. Each of them is one gap more to close; paths that
    leave a group nobody can close are left out.

    first, second    CTEs of states, as merged_states gives them, of which slot 0 and slot 1 are taken
    needs            a CTE: one row per partner, with the masks and lines of what it lacks
    kept             columns of the first half that stay
    added            columns of both halves that add up
    among            whether needs has `fewest` and `shortest`: the only numbers of moves that are of interest -#}
{% macro completed_paths(first, second, needs, kept=[], added=[], among=false) %}
    with
        whole as (
            select
                needs.*,
                one.moves + other.moves as moves,
                cast(one.points + other.points as decimal(28, 9)) as score,
                one.has_all_criteria and other.has_all_criteria as has_all_criteria,
                one.has_all_metrics and other.has_all_metrics as has_all_metrics,
                one.group_bits | other.group_bits as group_bits
                {% for column in kept %}, one.{{ column }} as {{ column }} {% endfor %}
                {% for column in added %}
                    , one.{{ column }} + other.{{ column }} as {{ column }}
                {% endfor %}
            from {{ needs }} as needs
            inner join {{ first }} as one on needs.partner_id = one.partner_id and one.slot = 0
            inner join
                {{ second }} as other
                on needs.partner_id = other.partner_id
                and other.slot = 1
                and (one.closed_bits & other.closed_bits) = 0
                {% if among %}
                    and one.moves + other.moves between needs.fewest and needs.shortest
                {% endif %}
        ),

        judged as (
            select
                *,
                lacking - (
                    lacking & (
                        group_bits
                        | case when score >= weighted_score_from then by_weighted_score else 0 end
                        | case when has_all_criteria then by_every_criterion else 0 end
                        | case when has_all_metrics then by_every_metric else 0 end
                    )
                ) as remaining
            from whole
        )

    select *, moves + bit_count(remaining) as path_length
    from judged
    where (remaining & by_gap) = remaining
{% endmacro %}
