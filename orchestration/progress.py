"""What long work tells while it runs: a bar on a terminal, a line per begin and end elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class Reporter(Protocol):
    """Is told what is going on; one stage at a time."""

    def begin(self, stage: str, total: int | None) -> None:
        """A stage of `total` parts begins; None where nobody can tell how many."""

    def advance(self) -> None:
        """One part of the stage is done."""

    def end(self, told: str) -> None:
        """The stage is over; `told` says in a few words what came of it."""


@contextmanager
def reporter(console: Console) -> Iterator[Reporter]:
    """A bar where `console` is a terminal, plain lines where it is not."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[told]}", style="dim"),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = ""
        self._began = 0.0

    def begin(self, stage: str, total: int | None) -> None:  # noqa: ARG002
        self._stage, self._began = stage, time.monotonic()
        self._print(f"{stage}: begins")

    def advance(self) -> None:
        """Say nothing: lines tell begins and ends."""

    def end(self, told: str) -> None:
        self._print(f"{self._stage}: {told} in {time.monotonic() - self._began:.1f} s")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, stage: str, total: int | None) -> None:
        self._task = self._progress.add_task(stage, total=total, told="")

    def advance(self) -> None:
        if self._task is not None:
            self._progress.advance(self._task)

    def end(self, told: str) -> None:
        if self._task is not None:
            done = self._progress.tasks[-1].completed
            self._progress.update(self._task, total=done, completed=done, told=told)
