"""What the tables of partner health, SI quality and remediation must keep to."""

from collections.abc import Iterator
from decimal import Decimal

from warehouse.policy.dating import by, rows_of, states
from warehouse.policy.errors import PolicyError
from warehouse.policy.table_rules import Policy

HEALTH_MEASURES = {
    "revenue": {"growth", "new_revenue"},
    "activity": {"registrations"},
    "engagement": {"weeks_with_login", "spans_with_login", "logins"},
    "satisfaction": {"partner_nps"},
    "strategic_fit": {"fit_strong", "fit_moderate"},
}
"""What can earn points in a dimension of partner health."""


def measures_of_their_dimension(policy: Policy) -> Iterator[PolicyError]:
    """A health measure earns points in the dimension it speaks for."""
    for row in rows_of(policy["health_points"]):
        known = HEALTH_MEASURES[row.dimension]
        if row.measure not in known:
            message = f"{row.measure} is no measure of {row.dimension}: {', '.join(sorted(known))}"
            yield PolicyError("health_points.csv", row.Index, "measures", message)


def every_health_score_has_one_band(policy: Policy) -> Iterator[PolicyError]:
    """On every day the lowest health band begins at 0, and no two begin alike."""
    told: set[int] = set()
    for day, rows in states(rows_of(policy["health_bands"])):
        bands = sorted(rows, key=lambda row: row.lower_bound)
        if bands and bands[0].lower_bound != 0 and bands[0].Index not in told:
            told.add(bands[0].Index)
            message = f"no band below {bands[0].lower_bound} from {day}"
            yield PolicyError("health_bands.csv", bands[0].Index, "bands", message)
        for (lower_bound,), (first, *others) in by(bands, "lower_bound"):
            for row in others:
                if row.Index not in told:
                    told.add(row.Index)
                    message = f"{row.band} begins at {lower_bound} from {day}, as {first.band} does"
                    yield PolicyError("health_bands.csv", row.Index, "bands", message)


def components_have_a_slope(policy: Policy) -> Iterator[PolicyError]:
    """A component is worth 100 and 0 at two different values."""
    for row in rows_of(policy["si_quality_components"]):
        if row.full_at == row.zero_at:
            message = f"{row.component} is worth 100 and 0 at the same {row.full_at}"
            yield PolicyError("si_quality_components.csv", row.Index, "slopes", message)


def components_weigh_something(policy: Policy) -> Iterator[PolicyError]:
    """On every day the weights of the components add up to more than 0."""
    for day, rows in states(rows_of(policy["si_quality_components"])):
        if rows and sum((row.weight for row in rows), Decimal(0)) == 0:
            message = f"no component weighs anything from {day}"
            yield PolicyError("si_quality_components.csv", rows[0].Index, "weights", message)
            return


def rungs_have_one_rank(policy: Policy) -> Iterator[PolicyError]:
    """On every day a rung has one rank, and a rank one rung."""
    told: set[int] = set()
    for day, rows in states(rows_of(policy["remediation_ladder"])):
        for one, other in (("rung", "rank"), ("rank", "rung")):
            for (value,), (first, *others) in by(rows, one):
                for row in others:
                    if getattr(row, other) != getattr(first, other) and row.Index not in told:
                        told.add(row.Index)
                        message = (
                            f"{one} {value} has {other} {getattr(row, other)} from {day} "
                            f"and {getattr(first, other)} in row {first.Index}"
                        )
                        yield PolicyError("remediation_ladder.csv", row.Index, "ranks", message)


def higher_rungs_are_harder_to_reach(policy: Policy) -> Iterator[PolicyError]:
    """On every day a higher rung asks for a lower score or a longer row than each below it."""
    told: set[int] = set()
    for day, rows in states(rows_of(policy["remediation_ladder"])):
        for row in rows:
            for below in rows:
                is_easier = (
                    row.rank > below.rank
                    and row.score_below >= below.score_below
                    and row.quarters_in_a_row <= below.quarters_in_a_row
                )
                if is_easier and row.Index not in told:
                    told.add(row.Index)
                    message = f"{row.rung} is reached as soon as {below.rung} from {day}"
                    yield PolicyError("remediation_ladder.csv", row.Index, "ranks", message)


def a_step_back_is_above_the_ladder(policy: Policy) -> Iterator[PolicyError]:
    """A score that steps back one rung never climbs one as well."""
    backs = [
        row for row in rows_of(policy["settings"]) if row.setting == "remediation_step_back_from"
    ]
    told: set[int] = set()
    for day, rows in states([*backs, *rows_of(policy["remediation_ladder"])]):
        back = next((Decimal(row.value) for row in rows if hasattr(row, "setting")), None)
        for row in rows:
            is_rung = hasattr(row, "score_below")
            if is_rung and back is not None and row.score_below > back and row.Index not in told:
                told.add(row.Index)
                message = f"{row.rung} is below {row.score_below}, {back} steps back from {day}"
                yield PolicyError("remediation_ladder.csv", row.Index, "ranks", message)
