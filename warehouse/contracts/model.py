from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

ColumnType = Literal["id", "text", "date", "ts", "money", "price", "rate", "bool", "int", "num"]
LoadMode = Literal["upsert", "append", "snapshot", "append_by_file"]


class Strict(BaseModel):
    """A frozen value that refuses unknown keys, so a typo in a contract is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Strict):
    """One column of an extract, under its canonical name."""

    name: str
    type: ColumnType
    description: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    aliases: tuple[str, ...] = ()
    references: str | None = None
    """`system.entity` whose key this is; a value unknown there makes the row an orphan."""
    timestamp_format: str | None = None


class DateOrder(Strict):
    """`earlier` may not lie after `later` in one row; a missing side passes."""

    earlier: str
    later: str


class Freshness(Strict):
    """Age = as-of minus the latest value of the first of `columns` that the extract has."""

    columns: tuple[str, ...]
    window_days: int


class Contract(Strict):
    """The contract of one entity of one system."""

    system: Literal["crm", "billing", "support", "telemetry"]
    entity: str
    description: str
    load: LoadMode
    key: tuple[str, ...] = ()
    columns: tuple[Column, ...]
    freshness: Freshness | None = None
    date_order: tuple[DateOrder, ...] = Field(default=())

    @property
    def name(self) -> str:
        """`system.entity`, as in the extract layout and in policy."""
        return f"{self.system}.{self.entity}"

    @property
    def relation(self) -> str:
        """The entity's table name in the schemas `raw` and `quarantine`."""
        return f"{self.system}__{self.entity}"

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


@cache
def load_contracts(folder: Path = Path(__file__).parent) -> dict[str, Contract]:
    """Every contract under `folder` by `system.entity`, in name order.

    Raises pydantic.ValidationError where a file does not describe a contract.
    """
    contracts = (
        Contract.model_validate(
            yaml.safe_load(path.read_text(encoding="utf-8"))
            | {"system": path.parent.name, "entity": path.stem}
        )
        for path in sorted(folder.glob("*/*.yml"))
    )
    return {contract.name: contract for contract in contracts}
