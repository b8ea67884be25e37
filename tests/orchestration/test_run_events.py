from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.defs.audits import FAILURES, MARTS_CHECK
from orchestration.defs.keys import PUBLISHED
from orchestration.defs.models import DBT
from orchestration.run_events import RunDiary

MART = dg.AssetKey(["marts", "fct_tier_score"])


class Told:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin(self, stage: str, total: int | None) -> None:
        self.lines.append(f"{stage} ({total})")

    def advance(self) -> None:
        self.lines.append("+")

    def end(self, told: str) -> None:
        self.lines.append(told)


def ran(error: Exception | None = None, *, test_passes: bool = True, reasons: tuple = ()):
    """The diary of a run of one mart with a data test, its audit, and publishing."""

    @dg.multi_asset(
        name=DBT,
        specs=[dg.AssetSpec(MART)],
        check_specs=[dg.AssetCheckSpec("not_null_score", asset=MART)],
    )
    def build() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        yield dg.MaterializeResult(asset_key=MART)
        yield dg.AssetCheckResult(
            check_name="not_null_score",
            asset_key=MART,
            passed=test_passes,
            metadata={"dagster_dbt/failed_row_count": 3},
        )
        if error:
            raise error

    @dg.asset_check(asset=MART, name=MARTS_CHECK, blocking=True)
    def audit() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=not reasons, metadata={FAILURES: list(reasons)})

    @dg.asset(key=PUBLISHED, deps=[MART])
    def published() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"version": "v1", "is new": True, "is served": True})

    told = Told()
    diary = RunDiary(told)
    definitions = dg.Definitions(
        assets=[build, published],
        asset_checks=[audit],
        jobs=[dg.define_asset_job("refresh", executor_def=dg.in_process_executor)],
    )
    run_id = "00000000-0000-4000-8000-000000000000"
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_event_listener(run_id, diary.take)
        definitions.resolve_job_def("refresh").execute_in_process(
            instance=instance, run_id=run_id, raise_on_error=False
        )
    return diary, told


def test_a_run_is_told_stage_by_stage_and_ends_in_a_version() -> None:
    diary, told = ran()
    assert told.lines == [
        *("Build marts (1)", "+", "1 tables, 1 checks"),
        *("Audit marts (1)", "1 checks"),
        *("Publish (1)", "+", "done"),
    ]
    assert diary.published["version"] == "v1"
    assert (diary.refusals, diary.failures) == ([], [])


def test_a_failed_audit_gives_its_reasons_and_nothing_is_published() -> None:
    diary, _ = ran(reasons=("marts.fct_tier_score: too few rows",))
    assert diary.refusals == ["marts.fct_tier_score: too few rows"]
    assert diary.failures == []
    assert diary.published == {}


def test_a_failed_data_test_is_named_with_its_mart_and_its_rows() -> None:
    dbt_says = RuntimeError("dbt failed.\n\nErrors parsed from dbt logs:\n\nFailure in test x")
    diary, _ = ran(dbt_says, test_passes=False)
    assert diary.refusals == ["marts/fct_tier_score: not_null_score fails for 3 rows"]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            RuntimeError(
                "exit code 1\n\nErrors parsed from dbt logs:\n\n  Binder Error in\n x.sql"
            ),
            "Build marts: Binder Error in x.sql",
        ),
        (OSError(28, "No space left on device"), "Build marts: [Errno 28] No space left on device"),
    ],
)
def test_a_broken_step_is_one_line_that_says_where_and_what(error: Exception, line: str) -> None:
    diary, told = ran(error)
    assert diary.failures == [line]
    assert told.lines[-1] in {"1 tables, 1 checks", "stopped"}


def test_an_interrupted_run_is_known_as_such() -> None:
    diary, _ = ran(dg.DagsterExecutionInterruptedError())
    assert diary.is_interrupted
