"""Which extracts and refused rows a reader asked for."""

from collections.abc import Callable

import pandas as pd

ALL = "All extracts"
ALL_REFUSED = "Refused from all extracts"

STATES: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    ALL: lambda extracts: pd.Series(True, index=extracts.index),
    "Stale": lambda extracts: extracts["is_stale"],
    "Missing": lambda extracts: ~extracts["is_present"] & extracts["is_needed"],
    "Absent": lambda extracts: ~extracts["is_present"],
    "With refused files": lambda extracts: extracts["files_refused"].gt(0),
    "With refused rows": lambda extracts: extracts["rows_refused"].gt(0),
    "With orphans": lambda extracts: extracts["rows_orphaned"].gt(0),
}
STALE, MISSING = "Stale", "Missing"


def idle(extracts: pd.DataFrame) -> "pd.Series[bool]":
    """Extracts there is nothing to say of: none came, and no metric in force waits for one."""
    return ~extracts["is_present"] & ~extracts["is_needed"] & extracts["files_refused"].eq(0)


def refused_rows(samples: pd.DataFrame, extract: str | None, needle: str) -> pd.DataFrame:
    """Samples of one extract (`system.entity`; None: of all) that hold `needle` anywhere."""
    keep = pd.Series(True, index=samples.index)
    if extract is not None:
        keep &= (samples["system"] + "." + samples["entity"]).eq(extract)
    wanted = needle.strip().casefold()
    if wanted:
        found = pd.Series(False, index=samples.index)
        for column in ("path", "reasons", "row_json"):
            found |= samples[column].fillna("").str.casefold().str.contains(wanted, regex=False)
        keep &= found
    return samples[keep]
