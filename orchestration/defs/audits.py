from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal

import dagster as dg

from expectations.runner import CheckResult, audit, blocking_failures, record
from orchestration.build import Build
from orchestration.defs.keys import POLICY, RAW, mart_keys
from warehouse.connections import open_for_build
from warehouse.policy import policy_hash, validate_policy
from warehouse.snapshots import current, load_history, open_version

POLICY_CHECK = "is_valid"
RAW_CHECK = "load_is_plausible"
MARTS_CHECK = "marts_are_fit_to_be_seen"
FAILURES = "failures"
"""Metadata of a failed check: its one-line reasons."""


def definitions(manifest: Mapping[str, Any]) -> dg.Definitions:
    """The checks between the stages; each one that fails stops everything behind it."""
    return dg.Definitions(
        assets=[policy],
        asset_checks=[policy_is_valid, load_is_plausible, _marts_check(mart_keys(manifest))],
    )


@dg.asset(
    key=POLICY,
    group_name=POLICY.path[0],
    description="The programme's rules as they stand: one CSV per kind of rule.",
    kinds={"csv"},
)
def policy(build: dg.ResourceParam[Build]) -> dg.MaterializeResult[None]:
    """Look at the policy folder of this run."""
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(build.settings.policy),
            "files": len(list(build.settings.policy.glob("*.csv"))),
            "hash": policy_hash(build.settings.policy),
        }
    )


@dg.asset_check(asset=POLICY, name=POLICY_CHECK, blocking=True)
def policy_is_valid(build: dg.ResourceParam[Build]) -> dg.AssetCheckResult:
    """Weights add up, bands meet, dates do not overlap, tiers are ordered: or no build."""
    return _verdict([str(error) for error in validate_policy(build.settings.policy)])


@dg.asset_check(asset=RAW, name=RAW_CHECK, blocking=True)
def load_is_plausible(build: dg.ResourceParam[Build]) -> dg.AssetCheckResult:
    """The suites on what landed: volumes, shares of refused rows, columns."""
    return _audited("raw", build)


def _marts_check(marts: Sequence[dg.AssetKey]) -> dg.AssetChecksDefinition:
    # A check hangs on one asset; publishing comes behind it, and it behind every mart.
    @dg.asset_check(asset=marts[-1], name=MARTS_CHECK, additional_deps=marts[:-1], blocking=True)
    def marts_are_fit_to_be_seen(build: dg.ResourceParam[Build]) -> dg.AssetCheckResult:
        """The suites on the marts, with a look at the version that is served."""
        return _audited("marts", build)

    return marts_are_fit_to_be_seen


def _audited(stage: Literal["raw", "marts"], build: Build) -> dg.AssetCheckResult:
    with ExitStack() as stack:
        connection = stack.enter_context(open_for_build(build.database))
        compared_with: dict[str, Any] = {}
        if stage == "raw":
            compared_with["history"] = load_history(build.settings, before=build.as_of)
        elif (served := current(build.settings)) and served.as_of <= build.as_of:
            compared_with["previous"] = stack.enter_context(open_version(build.settings))
        results = audit(stage, connection, docs_dir=build.settings.quality, **compared_with)
        record(connection, results)
    return _verdict(blocking_failures(results), {"datasets": _per_dataset(results)})


def _per_dataset(results: Sequence[CheckResult]) -> dg.MarkdownMetadataValue:
    counts = Counter((result.dataset, result.passed) for result in results)
    rows = [
        f"| {dataset} | {counts[dataset, True]} | {counts[dataset, False]} |"
        for dataset in sorted({result.dataset for result in results})
    ]
    return dg.MetadataValue.md("\n".join(["| dataset | passed | failed |", "|---|---|---|", *rows]))


def _verdict(
    failures: Sequence[str], metadata: Mapping[str, Any] | None = None
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not failures,
        description=failures[0] if failures else None,
        metadata={**(metadata or {}), FAILURES: list(failures)},
    )
