"""What the targets of the ecosystem's KPIs must keep to."""

from collections.abc import Iterator

from warehouse.policy.dating import by, rows_of, states
from warehouse.policy.errors import PolicyError
from warehouse.policy.table_rules import Policy


def targets_have_the_lines_they_need(policy: Policy) -> Iterator[PolicyError]:
    """A KPI to be kept between two lines has both or none, in order; any other has no second."""
    for row in rows_of(policy["kpi_targets"]):
        if row.direction != "between":
            if row.target_high is not None:
                message = f"{row.kpi_key} is better {row.direction} and has no use for target_high"
                yield PolicyError("kpi_targets.csv", row.Index, "numbers", message)
        elif (row.target is None) is not (row.target_high is None):
            message = f"{row.kpi_key} is between two lines and has one"
            yield PolicyError("kpi_targets.csv", row.Index, "numbers", message)
        elif row.target is not None and not row.target < row.target_high:
            message = f"{row.kpi_key} is between {row.target} and {row.target_high}, not above it"
            yield PolicyError("kpi_targets.csv", row.Index, "range", message)


def kpis_have_their_own_place(policy: Policy) -> Iterator[PolicyError]:
    """No two KPIs of a family share a place on any day."""
    told: set[int] = set()
    for day, kpis in states(rows_of(policy["kpi_targets"])):
        for (family, position), (first, *others) in by(kpis, "family", "position"):
            for row in others:
                if row.Index not in told:
                    told.add(row.Index)
                    message = (
                        f"{row.kpi_key} is at place {position} of {family} from {day}, "
                        f"as {first.kpi_key} is"
                    )
                    yield PolicyError("kpi_targets.csv", row.Index, "ranks", message)
