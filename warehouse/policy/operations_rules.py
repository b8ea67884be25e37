"""What the tables of service levels, onboarding and development funds must keep to."""

from collections.abc import Iterator

from warehouse.policy.dating import by, change_dates, in_force, rows_of, states
from warehouse.policy.errors import PolicyError
from warehouse.policy.table_rules import Policy

ANY = "any"
"""The tier that stands for every one without a row of its own."""


def targets_of_known_tiers(policy: Policy) -> Iterator[PolicyError]:
    """What is promised, expected or approved by tier is so for a tier there is, or for any."""
    known = {ANY, *policy["tiers"]["tier"]}
    for table in ("support_sla", "onboarding_targets", "mdf_approvals"):
        for row in rows_of(policy[table]):
            if row.tier not in known:
                message = f"tier names {row.tier!r}, which tiers.csv does not know"
                yield PolicyError(f"{table}.csv", row.Index, "reference", message)


def somebody_approves_every_amount(policy: Policy) -> Iterator[PolicyError]:
    """While there are funds for a tier, somebody may approve the smallest request."""
    approvals = rows_of(policy["mdf_approvals"])
    missing: set[str] = set()
    for budget in rows_of(policy["mdf_budgets"]):
        for day in change_dates([budget, *approvals]):
            rules = in_force(approvals, day)
            own = [row for row in rules if row.tier == budget.tier]
            lowest = [row for row in own or rules if row.tier in {budget.tier, ANY}]
            covered = any(row.from_amount == 0 for row in lowest)
            if in_force([budget], day) and not covered and budget.tier not in missing:
                missing.add(budget.tier)
                message = f"nobody approves the smallest request of {budget.tier} from {day}"
                yield PolicyError("mdf_approvals.csv", None, "missing", message)


def approvers_have_one_rank(policy: Policy) -> Iterator[PolicyError]:
    """On every day a role has one rank."""
    told: set[int] = set()
    for day, rows in states(rows_of(policy["mdf_approvals"])):
        for (role,), (first, *others) in by(rows, "approver_role"):
            for row in others:
                if row.rank != first.rank and row.Index not in told:
                    told.add(row.Index)
                    message = (
                        f"{role} has rank {row.rank} from {day} and {first.rank} "
                        f"in row {first.Index}"
                    )
                    yield PolicyError("mdf_approvals.csv", row.Index, "ranks", message)


def larger_amounts_need_no_lower_role(policy: Policy) -> Iterator[PolicyError]:
    """On every day a tier's larger amount needs the role of a smaller one, or a higher."""
    told: set[int] = set()
    for day, rows in states(rows_of(policy["mdf_approvals"])):
        for (tier,), own in by(rows, "tier"):
            highest = 0
            for row in sorted(own, key=lambda row: row.from_amount):
                if row.rank < highest and row.Index not in told:
                    told.add(row.Index)
                    message = f"{tier} needs a lower role from {row.from_amount} on from {day}"
                    yield PolicyError("mdf_approvals.csv", row.Index, "ranks", message)
                highest = max(highest, row.rank)
