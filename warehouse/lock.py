"""One refresh at a time in one home."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from warehouse.files import TEMPORARY
from warehouse.settings import Settings


class RefreshUnderWayError(Exception):
    """Another process holds the refresh lock of this home."""


@contextmanager
def refresh_lock(settings: Settings) -> Iterator[None]:
    """Hold the home's refresh lock; once held, what dead refreshes left behind is swept away.

    The operating system releases the lock when its holder dies, however it dies. Re-entrant
    within a process: the command holds it around the run that takes it again.
    Raises RefreshUnderWayError at once where another process holds it.
    """
    settings.lock.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.lock.resolve(), timeout=0, is_singleton=True, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise RefreshUnderWayError(
            f"{settings.home}: another refresh is under way; wait for it to end, then try again"
        ) from error
    try:
        if lock.lock_counter == 1:
            _sweep(settings)
        yield
    finally:
        lock.release()


def _sweep(settings: Settings) -> None:
    """Remove builds and half-written versions: whoever holds the lock knows that they are dead."""
    shutil.rmtree(settings.builds, ignore_errors=True)
    for leftover in sorted(settings.published.glob(f"*{TEMPORARY}*")):
        leftover.unlink(missing_ok=True)
