"""`truth.json` and the complete truths beside it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from seeds.simulate.company import Scale
from seeds.simulate.extracts import replacing, write_parquet

KINDS = (
    *("outcome", "action", "rung", "health_band", "reason", "sourced_failure", "status"),
    *("check_key", "state", "stage"),
)
"""Columns of truths by whose words rows are counted."""


@dataclass(frozen=True, order=True)
class Refusal:
    """A record that must be refused: where it is, the class of reason, and the column at fault."""

    entity: str
    path: str
    record: int
    reason: str
    column: str


def write_truth(
    folder: Path,
    scale: Scale,
    entities: dict[str, dict[str, int]],
    refused: list[Refusal],
    truths: dict[str, pd.DataFrame],
) -> None:
    """Writes `truth/<name>.parquet` for every truth, and `truth.json` with what fits on a page.

    Complete for everybody are outcomes, registrations, movements, remediation, leaks, and of
    operations reviews and their items, onboardings, promises on tickets, certificates, requests for
    funds, actions and enforcement; rulings, health and quarters of funds are told of planted cases
    alone. A planted case has a name in `case`.

    `truth.json`: the arguments; rows, refused and superseded rows by entity; every record that must
    be refused; counts of each outcome, action, rung, band, state and check; and the planted cases.
    """
    counts: dict[str, dict[str, int]] = {}
    planted: dict[str, list[dict[str, object]]] = {}
    for name, frame in sorted(truths.items()):
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        with replacing(folder / "truth" / f"{name}.parquet") as partial:
            write_parquet(partial, table)
        kinds = [c for c in KINDS if c in frame]
        if kinds:
            sizes = frame[kinds].fillna("").groupby(kinds, sort=True).size()
            counts[name] = {
                " / ".join(key if isinstance(key, tuple) else (key,)): int(count)
                for key, count in sizes.items()
            }
        cases = frame[frame["case"].notna()].astype(object)
        planted[name] = [
            {str(column): _plain(value) for column, value in row.items()}
            for row in cases.to_dict("records")
        ]
    content = {
        "arguments": asdict(scale) | {"until": scale.until.isoformat()},
        "entities": entities,
        "refused": [asdict(refusal) for refusal in sorted(refused)],
        "counts": counts,
        "planted": planted,
    }
    with replacing(folder / "truth.json") as partial:
        partial.write_text(
            json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n",
            encoding="utf-8",
        )


def _plain(value: object) -> object:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    return value if isinstance(value, (str, int, bool)) else str(value)
