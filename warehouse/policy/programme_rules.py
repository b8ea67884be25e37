"""What the programme's tables must keep to together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from warehouse.contracts import currencies
from warehouse.policy.dating import by, change_dates, in_force, rows_of, states, until
from warehouse.policy.delivery_rules import (
    a_step_back_is_above_the_ladder,
    components_have_a_slope,
    components_weigh_something,
    every_health_score_has_one_band,
    higher_rungs_are_harder_to_reach,
    measures_of_their_dimension,
    rungs_have_one_rank,
)
from warehouse.policy.ecosystem_rules import (
    kpis_have_their_own_place,
    targets_have_the_lines_they_need,
)
from warehouse.policy.errors import PolicyError
from warehouse.policy.money_rules import (
    a_quarter_takes_no_more_than_the_year,
    checks_have_their_own_place,
    clawback_runs_straight_to_an_end,
    commission_bands_hold_every_amount,
    every_phase_has_an_owner,
    first_and_last_touch_leave_no_debt,
    no_amount_is_in_two_bands,
    pools_sum_to_one,
    shared_revenue_has_a_term,
)
from warehouse.policy.operations_rules import (
    approvers_have_one_rank,
    larger_amounts_need_no_lower_role,
    somebody_approves_every_amount,
    targets_of_known_tiers,
)
from warehouse.policy.schema import load_schema
from warehouse.policy.table_rules import Policy
from warehouse.policy.tier_rules import every_tier_has_gates_and_movement, gates_known


@dataclass(frozen=True)
class ProgrammeRule:
    """A rule over whole tables, to be judged only where the tables it reads are sound."""

    check: Callable[[Policy], Iterator[PolicyError]]
    reads: tuple[str, ...]


def one_window(policy: Policy) -> Iterator[PolicyError]:
    """A metric looks back over months or days, never both."""
    for row in rows_of(policy["metrics"]):
        if row.window_months is not None and row.window_days is not None:
            message = f"{row.metric_key} has a window in months and one in days"
            yield PolicyError("metrics.csv", row.Index, "window", message)


def weights_sum_to_one(policy: Policy) -> Iterator[PolicyError]:
    """The criteria's weights of an archetype add up to 1 on every day it has any."""
    for (archetype,), rows in by(rows_of(policy["criterion_weights"]), "archetype"):
        for day, weights in states(rows):
            total = sum((row.weight for row in weights), Decimal(0))
            if weights and total != 1:
                first = min(row.Index for row in weights)
                message = f"the weights of {archetype} sum to {total} from {day}, not to 1"
                yield PolicyError("criterion_weights.csv", first, "weights", message)


def every_archetype_has_weights(policy: Policy) -> Iterator[PolicyError]:
    """While a partner type has an archetype, that archetype has weights."""
    archetypes = rows_of(policy["archetypes"])
    weights = dict(by(rows_of(policy["criterion_weights"]), "archetype"))
    for row in archetypes:
        own = weights.get((row.archetype,), [])
        for day in change_dates([row, *own]):
            if in_force([row], day) and not in_force(own, day):
                message = f"archetype {row.archetype} has no weights from {day}"
                yield PolicyError("archetypes.csv", row.Index, "weights", message)
                break


def bands_contiguous(policy: Policy) -> Iterator[PolicyError]:
    """On every day a metric's bands hold each value from −∞ to ∞ exactly once."""
    for (metric,), rows in by(rows_of(policy["rubric_bands"]), "metric_key"):
        told: set[tuple[str, int]] = set()
        for day, bands in states(rows):
            for what, band in _band_breaks(sorted(bands, key=_from_below)):
                if (what, band.Index) not in told:
                    told.add((what, band.Index))
                    message = f"{metric} from {day}: {what}"
                    yield PolicyError("rubric_bands.csv", band.Index, "bands", message)


def scores_within_maximum(policy: Policy) -> Iterator[PolicyError]:
    """No rubric score is above the score_maximum of any day it is in force on."""
    maxima = [row for row in rows_of(policy["settings"]) if row.setting == "score_maximum"]
    for table, columns in (
        ("rubric_bands", ("score", "score_at_upper_bound")),
        ("metrics", ("score_when_null",)),
    ):
        for row in rows_of(policy[table]):
            highest = [Decimal(most.value) for most in maxima if _share_a_day(row, most)]
            for column in columns:
                score = getattr(row, column)
                if score is not None and any(score > most for most in highest):
                    message = f"{column} is {score}, more than score_maximum {min(highest)}"
                    yield PolicyError(f"{table}.csv", row.Index, "range", message)


def slopes_have_both_ends(policy: Policy) -> Iterator[PolicyError]:
    """A band whose score runs from bound to bound has two different bounds."""
    for row in rows_of(policy["rubric_bands"]):
        if row.score_at_upper_bound is None:
            continue
        if row.lower_bound is None or row.upper_bound is None or row.lower_bound >= row.upper_bound:
            message = f"{row.metric_key} has a score_at_upper_bound in a band without two ends"
            yield PolicyError("rubric_bands.csv", row.Index, "bands", message)


def better_never_scores_less(policy: Policy) -> Iterator[PolicyError]:
    """Along a metric's direction the score never falls, neither in a band nor to the next."""
    directions = {row.metric_key: row.direction for row in rows_of(policy["metrics"])}
    for (metric,), rows in by(rows_of(policy["rubric_bands"]), "metric_key"):
        told: set[tuple[int, int]] = set()
        for day, bands in states(rows):
            falls = directions.get(metric) == "lower"
            improving = sorted(bands, key=_from_below, reverse=falls)
            ends = [(band, *_worst_and_best_end(band, falls)) for band in improving]
            for band, worst, best in ends:
                if best < worst and (band.Index, band.Index) not in told:
                    told.add((band.Index, band.Index))
                    message = f"{metric} from {day}: falls from {worst} to {best} as values improve"
                    yield PolicyError("rubric_bands.csv", band.Index, "bands", message)
            for (worse, _, before), (better, after, _) in pairwise(ends):
                pair = (worse.Index, better.Index)
                if after < before and pair not in told:
                    told.add(pair)
                    message = (
                        f"{metric} from {day}: scores {after} "
                        f"where the worse values of row {worse.Index} score {before}"
                    )
                    yield PolicyError("rubric_bands.csv", better.Index, "bands", message)


def metrics_and_bands_together(policy: Policy) -> Iterator[PolicyError]:
    """A metric has bands for as long as a criterion counts it, and no longer."""
    counted = [row for row in rows_of(policy["metrics"]) if row.criterion is not None]
    metrics = dict(by(counted, "metric_key"))
    bands = dict(by(rows_of(policy["rubric_bands"]), "metric_key"))
    for key in sorted(metrics.keys() | bands.keys()):
        measured, scored = metrics.get(key, []), bands.get(key, [])
        for day in change_dates([*measured, *scored]):
            has_metric, has_bands = in_force(measured, day), in_force(scored, day)
            if has_metric and not has_bands:
                message = f"{key[0]} has no bands from {day}"
                yield PolicyError("metrics.csv", has_metric[0].Index, "bands", message)
                break
            if has_bands and not has_metric:
                message = f"{key[0]} has bands from {day} but counts in no criterion then"
                yield PolicyError("rubric_bands.csv", has_bands[0].Index, "bands", message)
                break


def ranks_distinct(policy: Policy) -> Iterator[PolicyError]:
    """No two tiers share a rank on any day."""
    seen: set[int] = set()
    for day, tiers in states(rows_of(policy["tiers"])):
        for (rank,), (first, *others) in by(tiers, "rank"):
            for row in others:
                if row.Index not in seen:
                    seen.add(row.Index)
                    message = f"{row.tier} has rank {rank} from {day}, as {first.tier} has"
                    yield PolicyError("tiers.csv", row.Index, "ranks", message)


def names_distinct_in_any_case(policy: Policy) -> Iterator[PolicyError]:
    """No two stages or tiers of a day differ by case alone: both are matched without it."""
    for table, column in (("opportunity_stages", "stage"), ("tiers", "tier")):
        seen: set[int] = set()
        for day, rows in states(rows_of(policy[table])):
            first_of: dict[str, str] = {}
            for row in rows:
                name = getattr(row, column)
                first = first_of.setdefault(name.lower(), name)
                if first != name and row.Index not in seen:
                    seen.add(row.Index)
                    message = f"{name} from {day} is {first} in other letters"
                    yield PolicyError(f"{table}.csv", row.Index, "names", message)


def ruled_from_the_first_day(policy: Policy) -> Iterator[PolicyError]:
    """What must rule on every case does so from the policy's first day, the earliest of these."""
    complete = [name for name, table in load_schema().items() if table.complete and name in policy]
    begins = {name: min(row.valid_from for row in rows_of(policy[name])) for name in complete}
    first = min(begins.values())
    for name, day in begins.items():
        if day > first:
            message = f"begins on {day}, after the policy's first day {first}"
            yield PolicyError(f"{name}.csv", None, "begins", message)


def segments_have_their_numbers(policy: Policy) -> Iterator[PolicyError]:
    """The number by which a segment is told stands in its row, and in no other's."""
    numbers = {"top_share": "strategic", "minimum_growth": "growth"}
    for row in rows_of(policy["segments"]):
        for column, segment in numbers.items():
            if (getattr(row, column) is None) is (row.segment == segment):
                needs = "needs a" if row.segment == segment else "has no use for"
                message = f"{row.segment} {needs} {column}"
                yield PolicyError("segments.csv", row.Index, "numbers", message)


def silent_touches_say_why(policy: Policy) -> Iterator[PolicyError]:
    """A touch type that does not participate names the reason it leaves behind; others do not."""
    for row in rows_of(policy["touch_types"]):
        if row.is_participating is not (row.reason_if_alone is None):
            does = "participates and needs no" if row.is_participating else "names no"
            message = f"{row.touch_type} {does} reason_if_alone"
            yield PolicyError("touch_types.csv", row.Index, "reasons", message)


def reporting_currency_known(policy: Policy) -> Iterator[PolicyError]:
    """Money is reported in an ISO 4217 currency."""
    for row in rows_of(policy["settings"]):
        if row.setting == "reporting_currency" and row.value not in currencies():
            message = f"reporting_currency is {row.value!r}, no ISO 4217 code"
            yield PolicyError("settings.csv", row.Index, "allowed", message)


PROGRAMME_RULES = (
    ProgrammeRule(one_window, ("metrics",)),
    ProgrammeRule(weights_sum_to_one, ("criterion_weights",)),
    ProgrammeRule(every_archetype_has_weights, ("archetypes", "criterion_weights")),
    ProgrammeRule(bands_contiguous, ("rubric_bands",)),
    ProgrammeRule(scores_within_maximum, ("metrics", "rubric_bands", "settings")),
    ProgrammeRule(slopes_have_both_ends, ("rubric_bands",)),
    ProgrammeRule(better_never_scores_less, ("metrics", "rubric_bands")),
    ProgrammeRule(metrics_and_bands_together, ("metrics", "rubric_bands")),
    ProgrammeRule(ranks_distinct, ("tiers",)),
    ProgrammeRule(names_distinct_in_any_case, ("opportunity_stages", "tiers")),
    ProgrammeRule(every_tier_has_gates_and_movement, ("tier_gates", "tier_movement", "tiers")),
    ProgrammeRule(gates_known, ("metrics", "tier_gates")),
    ProgrammeRule(ruled_from_the_first_day, ("archetypes", "settings")),
    ProgrammeRule(segments_have_their_numbers, ("segments",)),
    ProgrammeRule(silent_touches_say_why, ("touch_types",)),
    ProgrammeRule(reporting_currency_known, ("settings",)),
    ProgrammeRule(measures_of_their_dimension, ("health_points",)),
    ProgrammeRule(every_health_score_has_one_band, ("health_bands",)),
    ProgrammeRule(components_have_a_slope, ("si_quality_components",)),
    ProgrammeRule(components_weigh_something, ("si_quality_components",)),
    ProgrammeRule(rungs_have_one_rank, ("remediation_ladder",)),
    ProgrammeRule(higher_rungs_are_harder_to_reach, ("remediation_ladder",)),
    ProgrammeRule(a_step_back_is_above_the_ladder, ("remediation_ladder", "settings")),
    ProgrammeRule(pools_sum_to_one, ("role_pools",)),
    ProgrammeRule(first_and_last_touch_leave_no_debt, ("attribution_settings",)),
    ProgrammeRule(shared_revenue_has_a_term, ("commission_rates",)),
    ProgrammeRule(commission_bands_hold_every_amount, ("commission_bands",)),
    ProgrammeRule(no_amount_is_in_two_bands, ("clawback", "commission_bands", "volume_rebates")),
    ProgrammeRule(clawback_runs_straight_to_an_end, ("clawback",)),
    ProgrammeRule(every_phase_has_an_owner, ("routing",)),
    ProgrammeRule(checks_have_their_own_place, ("leakage_checks",)),
    ProgrammeRule(a_quarter_takes_no_more_than_the_year, ("mdf_budgets",)),
    ProgrammeRule(
        targets_of_known_tiers, ("support_sla", "onboarding_targets", "mdf_approvals", "tiers")
    ),
    ProgrammeRule(somebody_approves_every_amount, ("mdf_approvals", "mdf_budgets")),
    ProgrammeRule(approvers_have_one_rank, ("mdf_approvals",)),
    ProgrammeRule(larger_amounts_need_no_lower_role, ("mdf_approvals",)),
    ProgrammeRule(targets_have_the_lines_they_need, ("kpi_targets",)),
    ProgrammeRule(kpis_have_their_own_place, ("kpi_targets",)),
)


def _share_a_day(row: Any, other: Any) -> bool:
    return bool(row.valid_from < until(other) and other.valid_from < until(row))


def _worst_and_best_end(band: Any, falls: bool) -> tuple[Decimal, Decimal]:
    """The scores of a band where its values are worst and where they are best."""
    lower = band.score
    upper = lower if band.score_at_upper_bound is None else band.score_at_upper_bound
    return (upper, lower) if falls else (lower, upper)


def _from_below(band: Any) -> tuple[bool, Decimal, bool, Decimal]:
    """Sort key: the lower bound, then the upper; an empty one is infinite."""
    return (
        band.lower_bound is not None,
        band.lower_bound or Decimal(0),
        band.upper_bound is None,
        band.upper_bound or Decimal(0),
    )


def _band_breaks(ascending: list[Any]) -> Iterator[tuple[str, Any]]:
    """What is wrong between bands sorted from below, and the band to look at."""
    if not ascending:
        return
    if ascending[0].lower_bound is not None:
        yield f"no band below {ascending[0].lower_bound}", ascending[0]
    for lower, upper in pairwise(ascending):
        if lower.upper_bound != upper.lower_bound or upper.lower_bound is None:
            yield _seam(lower, upper), upper
        elif lower.upper_is_inclusive == upper.lower_is_inclusive:
            in_how_many = "both bands" if upper.lower_is_inclusive else "neither band"
            yield f"{upper.lower_bound} is in {in_how_many} that meet there", upper
    if ascending[-1].upper_bound is not None:
        yield f"no band above {ascending[-1].upper_bound}", ascending[-1]


def _seam(lower: Any, upper: Any) -> str:
    end, start = lower.upper_bound, upper.lower_bound
    if end is None or start is None or start < end:
        return f"the band overlaps that of row {lower.Index}"
    return f"no band between {end} and {start}"
