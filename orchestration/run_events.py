"""What a run's events mean to whoever waits for it: stages, and reasons."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from orchestration.defs.audits import FAILURES, MARTS_CHECK, RAW_CHECK
from orchestration.defs.keys import PUBLISHED, RAW
from orchestration.defs.models import DBT
from orchestration.progress import Reporter

_LAND, _AUDIT_RAW, _BUILD, _AUDIT_MARTS, _PUBLISH = (
    "Land extracts",
    "Audit what landed",
    "Build marts",
    "Audit marts",
    "Publish",
)
_DBT_ERRORS = "Errors parsed from dbt logs:"
_REASON_LENGTH = 400


@dataclass
class RunDiary:
    """What is worth knowing of a run, gathered from its events while it runs."""

    report: Reporter
    stage: str = ""
    planned: Counter[str] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    """What the stage under way has to say of itself."""
    refusals: list[str] = field(default_factory=list)
    """Why blocking checks and data tests failed."""
    failures: list[str] = field(default_factory=list)
    """Why steps broke."""
    published: dict[str, Any] = field(default_factory=dict)
    """Metadata of the published version, once there is one."""
    is_interrupted: bool = False

    def take(self, entry: dg.EventLogEntry) -> None:
        """Note one event of the run."""
        event = entry.dagster_event
        if event is None:
            return
        if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
            self.planned[stage_of(str(event.step_key))] += 1
        elif event.is_step_start:
            self._enter(stage_of(str(event.step_key)))
        elif event.is_step_materialization:
            self._note_asset(event)
        elif event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._note_check(event.asset_check_evaluation_data)
        elif event.is_step_failure:
            self._note_failure(event)
        elif event.is_job_success or event.is_job_failure:
            self._enter("")

    def _enter(self, stage: str) -> None:
        if stage == self.stage:
            return
        if self.stage:
            told = ", ".join(f"{count:,} {what}" for what, count in self.counts.items() if count)
            broke = self.refusals or self.failures
            self.report.end(told or ("stopped" if broke else "done"))
        self.stage, self.counts = stage, {}
        if stage:
            self.report.begin(stage, max(self.planned[stage], 1))

    def _note_asset(self, event: dg.DagsterEvent) -> None:
        self.report.advance()
        metadata: dict[str, Any] = {
            name: value.value
            for name, value in event.step_materialization_data.materialization.metadata.items()
        }
        if event.asset_key == RAW:
            self.counts = {
                "entities": metadata["entities"],
                "files": metadata["files"],
                "rows": metadata["rows"],
                "rows refused": metadata["refused"],
                "files refused": len(metadata["refused files"]),
            }
        elif event.asset_key == PUBLISHED:
            self.published = metadata
        elif self.stage == _BUILD:
            self.counts["tables"] = self.counts.get("tables", 0) + 1

    def _note_check(self, evaluation: dg.AssetCheckEvaluation) -> None:
        self.counts["checks"] = self.counts.get("checks", 0) + 1
        if evaluation.passed or evaluation.severity is not dg.AssetCheckSeverity.ERROR:
            return
        asset = evaluation.asset_key.to_user_string()
        if FAILURES in evaluation.metadata:
            reasons: Any = evaluation.metadata[FAILURES].value
            self.refusals += reasons
            return
        rows = evaluation.metadata.get("dagster_dbt/failed_row_count")
        count = f" for {rows.value} rows" if rows else ""
        self.refusals.append(f"{asset}: {evaluation.check_name} fails{count}")

    def _note_failure(self, event: dg.DagsterEvent) -> None:
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is None or error.cls_name == "DagsterAssetCheckFailedError":
            return  # the check has said why
        self.is_interrupted |= error.cls_name == "DagsterExecutionInterruptedError"
        self.failures.append(f"{stage_of(str(event.step_key))}: {_one_line(error)}")


def stage_of(step: str) -> str:
    """The stage that a step of the refresh is part of."""
    if step == DBT:
        return _BUILD
    if step.endswith(RAW_CHECK):
        return _AUDIT_RAW
    if step.endswith(MARTS_CHECK):
        return _AUDIT_MARTS
    return _PUBLISH if step == PUBLISHED.to_python_identifier() else _LAND


def _one_line(error: Any) -> str:
    """The error's message on one line; of a failed dbt build what dbt itself said."""
    said = error.message.rpartition(_DBT_ERRORS)[2]
    line = " ".join(said.split()).removeprefix(f"{error.cls_name}: ")
    return line if len(line) <= _REASON_LENGTH else f"{line[:_REASON_LENGTH]} …"
