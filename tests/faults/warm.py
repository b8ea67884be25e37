"""The command in a process that has its imports behind it: they are most of what a start costs."""

import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

_IMPORTS = (
    "orchestration.command",
    "orchestration.refresh",
    "orchestration.definitions",
    "orchestration.run_events",
    "expectations.runner",
    "great_expectations",
)


class Warm:
    """One `scorecards` under way, forked from a server that imported all it needs.

    What `subprocess.Popen` offers and the tests use of it.
    """

    def __init__(self, arguments: Sequence[str], pipe: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(_IMPORTS))
        os.mkfifo(pipe)
        self._process = context.Process(target=_run, args=(list(arguments), pipe))
        self._process.start()
        self.stdout: TextIO = pipe.open(encoding="utf-8")
        """Its lines, those of standard error among them."""
        pipe.unlink()

    @property
    def pid(self) -> int:
        """Of the command itself."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, "it does not end"
        return self._process.exitcode


def _run(arguments: list[str], pipe: Path) -> None:
    with pipe.open("w", encoding="utf-8") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.environ |= {"COLUMNS": "200", "NO_COLOR": "1"}
    sys.argv = ["scorecards", *arguments]
    from orchestration.command import main  # noqa: PLC0415 - the server has it already

    main()
