"""The suites as a whole: one per dataset, each expectation judged at its limit and past it."""

from typing import Literal

import pandas as pd
import pytest

from expectations.judging import judge
from expectations.suites import Expectation, Suite, load_suites
from warehouse.contracts import load_contracts

STAGES: tuple[Literal["raw", "marts"], ...] = ("raw", "marts")


def test_every_extract_has_a_suite() -> None:
    assert sorted(load_suites("raw")) == sorted(
        contract.relation for contract in load_contracts().values()
    )


def test_a_suite_changes_a_common_limit_by_name() -> None:
    volume = "no load drops against the loads before it"
    limits = {
        name: {each.name: each for each in suite.expectations}[volume].kwargs["min_value"]
        for name, suite in load_suites("raw").items()
    }
    assert limits["telemetry__api_usage"] == 0.1
    assert limits["crm__partners"] == 0.5


def at_the_limits(expectation: Expectation, step: float) -> list[float]:
    """Values one `step` beyond each limit of an expectation; at it for 0."""
    beyond = {"min_value": -step, "max_value": step}
    limits = expectation.kwargs
    return [limits[name] + change for name, change in beyond.items() if name in limits]


def frame_of(expectation: Expectation, value: float) -> pd.DataFrame:
    about_files = {"path": ["a.csv"], "rows_accepted": [1.0], "baseline": [100.0]}
    enough = {name: [float(least)] for name, least in expectation.judged_from.items()}
    return pd.DataFrame(about_files | enough | {expectation.column: [value]})


@pytest.mark.parametrize("stage", STAGES)
def test_every_expectation_passes_at_its_limit_and_fails_past_it(
    stage: Literal["raw", "marts"],
) -> None:
    alone = {
        expectation.model_dump_json(): suite.model_copy(update={"expectations": (expectation,)})
        for suite in load_suites(stage).values()
        for expectation in suite.expectations
    }
    cases = [
        (suite, {expectation.frame: frame_of(expectation, value)}, passes)
        for suite in alone.values()
        for expectation in suite.expectations
        for step, passes in ((0.0, True), (1e-6, False))
        for value in at_the_limits(expectation, step)
    ]
    results = list(judge((suite, frames) for suite, frames, _ in cases))
    wrong = [
        result.message
        for result, (_, _, passes) in zip(results, cases, strict=True)
        if result.passed is not passes
    ]
    assert wrong == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_expectation_reads_a_column_its_frame_has(stage: Literal["raw", "marts"]) -> None:
    raw = {"rows_in", "rows_accepted", "refused_share", "orphan_share"}
    for suite in load_suites(stage).values():
        measures = set(suite.measures)
        compared = {f"{name}_{what}" for name in measures for what in ("before", "kept")}
        columns = {
            "dataset": measures | (raw if stage == "raw" else compared),
            "files": {"path", "rows_accepted", "baseline", "kept_share"},
        }
        for expectation in suite.expectations:
            read = {expectation.column, *expectation.judged_from}
            assert read <= columns[expectation.frame], (suite.dataset, expectation.name)


def test_a_check_that_cannot_be_judged_fails_and_says_so() -> None:
    mistaken = Expectation(
        name="nonsense",
        type="expect_column_values_to_match_regex",
        kwargs={"column": "rows", "regex": "("},
    )
    suite = Suite(stage="raw", relation="x", dataset="x", expectations=(mistaken,))
    (result,) = judge([(suite, {"dataset": pd.DataFrame({"rows": ["a"]})})])
    assert not result.passed
    assert result.observed.startswith("nothing: ")
    assert "\n" not in result.message
