"""What tiers, their gates and the way partners move between them must keep to together."""

from collections.abc import Iterator

from warehouse.policy.dating import by, change_dates, in_force, rows_of
from warehouse.policy.errors import PolicyError
from warehouse.policy.table_rules import Policy

SCORE_GATES = ("weighted_score", "every_criterion", "every_metric")
"""Gates that look at the score; every other one is a metric."""


def every_tier_has_gates_and_movement(policy: Policy) -> Iterator[PolicyError]:
    """While a tier is in force, it has a gate to enter by and rules to stay and leave by."""
    for table, what in (("tier_gates", "gates"), ("tier_movement", "movement")):
        ruled = rows_of(policy[table])
        for tier in rows_of(policy["tiers"]):
            own = [row for row in ruled if row.tier.lower() == tier.tier.lower()]
            for day in change_dates([tier, *own]):
                if in_force([tier], day) and not in_force(own, day):
                    message = f"tier {tier.tier} has no {what} from {day}"
                    yield PolicyError("tiers.csv", tier.Index, "gates", message)
                    break


def gates_known(policy: Policy) -> Iterator[PolicyError]:
    """A gate is a gate of the score or a metric for as long as it stands."""
    metrics = {key: rows for (key,), rows in by(rows_of(policy["metrics"]), "metric_key")}
    for gate in rows_of(policy["tier_gates"]):
        own = metrics.get(gate.gate, [])
        for day in () if gate.gate in SCORE_GATES else change_dates([gate, *own]):
            if in_force([gate], day) and not in_force(own, day):
                message = f"{gate.tier} asks for {gate.gate}, which is no metric from {day}"
                yield PolicyError("tier_gates.csv", gate.Index, "reference", message)
                break
