"""The one module that imports Great Expectations: it takes seconds, so only an audit imports it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.frames import Frames
from expectations.results import CheckResult
from expectations.suites import Expectation, Suite

_IN_WORDS = {"min_value": "at least", "max_value": "at most"}
_NAMED = 3
"""Files a message names before it only counts."""

_IN_MEMORY = DataContextConfig(
    store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    progress_bars=ProgressBarsConfig(globally=False),
    analytics_enabled=False,
)


def judge(judged: Iterable[tuple[Suite, Frames]]) -> Iterator[CheckResult]:
    """The results of each suite on its frames, in the order of its expectations.

    Pandas is the engine: the frames are small, and Great Expectations' SQL engine fails on
    DuckDB. What has too little to judge passes. An expectation that cannot be judged, a mistake
    in the suite, fails.
    """
    context = gx.get_context(mode="ephemeral", project_config=_IN_MEMORY)
    whole_frame = (
        context.data_sources.add_pandas("frames")
        .add_dataframe_asset("frame")
        .add_batch_definition_whole_dataframe("whole")
    )
    for suite, frames in judged:
        told = _told(suite, frames, whole_frame)
        for expectation in suite.expectations:
            outcome = told.get(expectation.name)
            yield _result(suite, expectation, frames[expectation.frame], outcome)


def _told(suite: Suite, frames: Frames, whole_frame: BatchDefinition[Any]) -> dict[str, Any]:
    """What Great Expectations says by expectation's name; nothing where there is no row to judge.

    Expectations that judge the same rows of a frame are validated together.
    """
    together: dict[tuple[str, tuple[int, ...]], list[Expectation]] = defaultdict(list)
    for expectation in suite.expectations:
        rows = _rows_judged(expectation, frames[expectation.frame])
        together[expectation.frame, rows].append(expectation)
    told: dict[str, Any] = {}
    for (name, rows), expectations in together.items():
        if not rows:
            continue
        outcome: Any = whole_frame.get_batch({"dataframe": frames[name].loc[list(rows)]}).validate(
            gx.ExpectationSuite(name, expectations=[_configure(each) for each in expectations]),
            result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
        )
        told |= {each.expectation_config.description: each for each in outcome.results}
    return told


def _rows_judged(expectation: Expectation, frame: pd.DataFrame) -> tuple[int, ...]:
    enough = frame[expectation.column].notna()
    for name, least in expectation.judged_from.items():
        enough &= frame[name] >= least
    return tuple(frame.index[enough])


def _configure(expectation: Expectation) -> ExpectationConfiguration:
    return ExpectationConfiguration(
        type=expectation.type,
        kwargs=expectation.kwargs,
        description=expectation.name,
        severity=FailureSeverity(expectation.severity),
    )


def _result(suite: Suite, expectation: Expectation, frame: pd.DataFrame, told: Any) -> CheckResult:
    dataset = f"{suite.stage}.{suite.dataset}"
    observed = _observed(expectation, frame, told)
    message = (
        f"{dataset}: {expectation.name}: expected {_expected(expectation)}, observed {observed}"
    )
    return CheckResult(
        stage=suite.stage,
        dataset=dataset,
        check_name=expectation.name,
        column_name=expectation.column,
        is_blocking=expectation.is_blocking,
        passed=told is None or bool(told.success),
        observed=observed,
        message=" ".join(message.split()),
    )


def _expected(expectation: Expectation) -> str:
    bounds = [
        f"{_IN_WORDS.get(name, name)} {value}"
        for name, value in expectation.kwargs.items()
        if name != "column"
    ]
    return f"{expectation.column} {' and '.join(bounds)}"


def _observed(expectation: Expectation, frame: pd.DataFrame, told: Any) -> str:
    if told is None:
        return "nothing to judge"
    if mistake := _mistake(told.exception_info):
        return f"nothing: {mistake}"
    if expectation.frame == "dataset":
        return _number(frame.at[0, expectation.column])
    if told.success:
        return _number(frame[expectation.column].min())
    dropped = [
        f"{_number(row.rows_accepted)} rows against {_number(row.baseline)} in {row.path}"
        for row in frame.loc[told.result["unexpected_index_list"]].itertuples()
    ]
    more = [f"{len(dropped) - _NAMED} more"] if len(dropped) > _NAMED else []
    return "; ".join(dropped[:_NAMED] + more)


def _mistake(exception_info: dict[str, Any]) -> str | None:
    """What kept an expectation from being judged; told for it as a whole or by metric."""
    told = [exception_info] if "raised_exception" in exception_info else exception_info.values()
    return next((each["exception_message"] for each in told if each["raised_exception"]), None)


def _number(value: Any) -> str:
    return f"{value:,.6f}".rstrip("0").rstrip(".")
