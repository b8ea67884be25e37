"""What the served version tells, for the ledger to keep."""

from collections.abc import Sequence
from typing import Any

from warehouse.exports import marts
from warehouse.settings import Settings
from warehouse.snapshots import NotPublishedError, open_version


def served_rows(
    settings: Settings, mart: str, query: str, parameters: Sequence[Any] = ()
) -> tuple[str, list[dict[str, Any]]]:
    """The served version's name and its rows by `query`; none where it does not have `mart`."""
    try:
        connection = open_version(settings)
    except NotPublishedError:
        return "", []
    with connection:
        if mart not in marts(connection):
            return "", []  # published before there was such a mart
        [(version,)] = connection.execute("select version from quality.snapshot").fetchall()
        result = connection.execute(query, list(parameters))
        names = [name for name, *_ in result.description or []]
        return version, [dict(zip(names, row, strict=True)) for row in result.fetchall()]
