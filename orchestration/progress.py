"""What long work tells while it runs: a bar on a terminal, a line per begin and end elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Reporter(Protocol):
    """Is told what is going on; one stage at a time."""

    def begin(self, stage: str, total: int) -> None:
        """A stage of `total` parts begins."""

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

    def begin(self, stage: str, total: int) -> None:
        self._stage, self._began = stage, time.monotonic()
        self._print(f"{stage}: begins ({total})")

    def advance(self) -> None:
        """Say nothing: lines tell begins and ends."""

    def end(self, told: str) -> None:
        self._print(f"{self._stage}: {told} in {time.monotonic() - self._began:.1f} s")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Starting", total=None, told="")

    def begin(self, stage: str, total: int) -> None:
        self._progress.remove_task(self._task) if not self._progress.finished else None
        self._task = self._progress.add_task(stage, total=total, told="")

    def advance(self) -> None:
        self._progress.advance(self._task)

    def end(self, told: str) -> None:
        total = self._progress.tasks[-1].total
        self._progress.update(self._task, completed=total, told=told)
