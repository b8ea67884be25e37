from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from warehouse.contracts.model import Strict

Stage = Literal["raw", "marts"]

SUITES = Path(__file__).parent / "suites"


class Expectation(Strict):
    """One Great Expectations expectation in its own words, and when it is to be judged."""

    name: str
    """What holds, as a short sentence; the check's name."""
    type: str
    kwargs: dict[str, Any]
    frame: Literal["dataset", "files"] = "dataset"
    """The frame it reads: one row for the dataset, or one for each of its files."""
    judged_from: dict[str, int] = Field(default={})
    """Least values of the frame's columns; a row with less is not judged."""
    severity: Literal["critical", "warning"] = "critical"
    """A critical one that fails blocks publishing."""

    @property
    def is_blocking(self) -> bool:
        """Whether failing it keeps the build from being published."""
        return self.severity == "critical"

    @property
    def column(self) -> str:
        """The column of the frame it is about."""
        return str(self.kwargs["column"])


class Suite(Strict):
    """What one dataset must look like to be plausible."""

    stage: Stage
    relation: str
    """The table its measures are taken from, in the schema named as the stage."""
    dataset: str
    newest: str | None = None
    """Column that tells how new a row is, where the relation does not have the contract's own."""
    measures: dict[str, str] = Field(default={})
    """SQL aggregates over the relation by name: columns of the frame `dataset`. In those of an
    extract `{days_ahead}` stands for the days from as-of to the row's freshness column."""
    expectations: tuple[Expectation, ...] = ()


@cache
def load_suites(stage: Stage, folder: Path = SUITES) -> dict[str, Suite]:
    """The suites of a stage by dataset name, in order.

    What `_every.yml` holds is part of each of them; an expectation of the same name in a suite
    stands instead of the common one. Raises pydantic.ValidationError where a file is no suite.
    """
    common = _read(folder / stage / "_every.yml")
    return {
        path.stem: _suite(stage, path.stem, _read(path), common)
        for path in sorted((folder / stage).glob("[!_]*.yml"))
    }


def _suite(stage: Stage, name: str, own: dict[str, Any], common: dict[str, Any]) -> Suite:
    expectations = {
        each["name"]: each for each in common["expectations"] + own.get("expectations", [])
    }
    return Suite.model_validate(
        {"relation": name}
        | own
        | {
            "stage": stage,
            "dataset": name,
            "measures": common["measures"] | own.get("measures", {}),
            "expectations": tuple(expectations.values()),
        }
    )


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
