"""What landing says about each file and each entity; stored as a receipt beside its Parquet."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from warehouse.contracts import Contract


class Value(BaseModel):
    """A frozen value that goes to JSON and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ControlTotal(Value):
    """Sums of one money column of one file in one currency (None: rows that name none)."""

    column: str
    currency: str | None
    accepted_rows: int
    accepted_total: Decimal
    negative_rows: int
    negative_total: Decimal
    refused_rows: int
    refused_total: Decimal


class Load(Value):
    """One file of an extract: what came in, what became of it and where it lies."""

    path: str
    """Relative to the extracts folder, with forward slashes."""
    content_hash: str
    size_bytes: int
    key: str
    """Names the Parquet files of this load: a hash of path, content, contract and engine."""
    state: Literal["landed", "refused"]
    reason: str | None = None
    rows_in: int = 0
    rows_accepted: int = 0
    rows_refused: int = 0
    columns: tuple[str, ...] = ()
    """Canonical names of the contract's columns the file has."""
    new_columns: tuple[str, ...] = ()
    control_totals: tuple[ControlTotal, ...] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None
    """First and last time of an append_by_file load's accepted rows, UTC."""


@dataclass(frozen=True)
class Landed:
    """An entity as its extract stands now: its loads in path order, and the store they lie in."""

    contract: Contract
    store: Path
    loads: tuple[Load, ...] = ()

    @property
    def landed(self) -> tuple[Load, ...]:
        """The loads whose file was not refused as a whole, in path order."""
        return tuple(load for load in self.loads if load.state == "landed")

    @property
    def in_force(self) -> tuple[Load, ...]:
        """The loads whose rows count: the last one of a snapshot entity, else every one."""
        return self.landed[-1:] if self.contract.load == "snapshot" else self.landed
