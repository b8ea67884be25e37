"""Rows of a frame, typed as what they are: anything."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def records(rows: pd.DataFrame) -> Iterator[Any]:
    """One named tuple per row, for marks and small tables; wide work stays with columns."""
    return iter(rows.itertuples(index=False))
