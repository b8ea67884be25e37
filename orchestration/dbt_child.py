"""dbt as a child process that does not outlive its parent, not even one that was killed.

Linux delivers the kill itself. Elsewhere a thread looks every second whether the parent is
still there: an orphan lives, and holds the build database, for a second at most.
Started by file name, so it needs nothing of the product on its path.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from importlib.metadata import version

PARENT = "SCORECARDS_PARENT_PID"
_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have this process killed when `parent`, which started it, is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it was gone before we asked
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    die_with(int(os.environ[PARENT]))
    if sys.argv[1:] == ["--version"]:
        # dagster-dbt asks every time; dbt would take seconds to import itself for the answer.
        print(version("dbt-core"))
        sys.exit()
    from dbt.cli.main import cli

    sys.exit(cli())
