"""The one module that imports Great Expectations: it takes seconds, so only an audit imports it."""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import and_
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

from expectations.frames import Frames
from expectations.results import CheckResult
from expectations.suites import Expectation, Suite

_IN_WORDS = {"min_value": "at least", "max_value": "at most"}
_NAMED = 3
"""Files a message names before it only counts."""


def judge(judged: Iterable[tuple[Suite, Frames]]) -> Iterator[CheckResult]:
    """The results of each suite on its frames.

    Pandas is the engine: the frames are small, and Great Expectations' SQL engine fails on
    DuckDB. An expectation that cannot be judged at all, a mistake in the suite, fails.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    whole_frame = (
        context.data_sources.add_pandas("frames")
        .add_dataframe_asset("frame")
        .add_batch_definition_whole_dataframe("whole")
    )
    for suite, frames in judged:
        for name, frame in frames.items():
            expectations = [each for each in suite.expectations if each.frame == name]
            if frame.empty or not expectations:
                continue
            outcome: Any = whole_frame.get_batch({"dataframe": frame}).validate(
                gx.ExpectationSuite(name, expectations=[_configure(each) for each in expectations]),
                result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
            )
            told = {each.expectation_config.description: each for each in outcome.results}
            for expectation in expectations:
                yield _result(suite, expectation, frame, told[expectation.name])


def _configure(expectation: Expectation) -> ExpectationConfiguration:
    enough = [Column(name) >= least for name, least in expectation.judged_from.items()]
    condition = {"row_condition": reduce(and_, enough)} if enough else {}
    return ExpectationConfiguration(
        type=expectation.type,
        kwargs=expectation.kwargs | condition,
        description=expectation.name,
        severity=FailureSeverity(expectation.severity),
    )


def _result(suite: Suite, expectation: Expectation, frame: pd.DataFrame, told: Any) -> CheckResult:
    dataset = f"{suite.stage}.{suite.dataset}"
    passed = bool(told.success)
    observed = _observed(expectation, frame, told, passed)
    return CheckResult(
        stage=suite.stage,
        dataset=dataset,
        check_name=expectation.name,
        column_name=expectation.column,
        is_blocking=expectation.is_blocking,
        passed=passed,
        observed=observed,
        message=(
            f"{dataset}: {expectation.name}: expected {_expected(expectation)}, observed {observed}"
        ),
    )


def _expected(expectation: Expectation) -> str:
    bounds = [
        f"{_IN_WORDS.get(name, name)} {value}"
        for name, value in expectation.kwargs.items()
        if name != "column"
    ]
    return f"{expectation.column} {' and '.join(bounds)}"


def _observed(expectation: Expectation, frame: pd.DataFrame, told: Any, passed: bool) -> str:
    if told.exception_info.get("raised_exception"):
        return f"nothing: {told.exception_info['exception_message']}"
    if told.result["element_count"] == told.result["missing_count"]:
        return "too little to judge"
    if expectation.frame == "dataset":
        return _number(frame[expectation.column].iloc[0])
    if passed:
        return _number(frame[expectation.column].min())
    files = [
        f"{_number(row.rows_accepted)} rows against {_number(row.baseline)} in {row.path}"
        for row in frame.loc[told.result["unexpected_index_list"]].itertuples()
    ]
    more = [f"{len(files) - _NAMED} more"] if len(files) > _NAMED else []
    return "; ".join(files[:_NAMED] + more)


def _number(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")
