import csv
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

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
    above: int | None = None
    """The value must be greater than this."""
    aliases: tuple[str, ...] = ()
    references: str | None = None
    """`system.entity` whose key this is; a value unknown there makes the row an orphan."""
    timestamp_format: str | None = None
    """A strptime format that dates and timestamps of this column have instead of ISO 8601."""


class DateOrder(Strict):
    """`earlier` may not lie after `later` in one row; a missing side passes."""

    earlier: str
    later: str


class ConditionalMaximum(Strict):
    """`column` may not exceed `maximum` where the column `when` holds one of `values`."""

    column: str
    when: str
    values: tuple[str, ...]
    maximum: int


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
    date_order: tuple[DateOrder, ...] = ()
    conditional_maximum: tuple[ConditionalMaximum, ...] = ()
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    """Separator of its CSV files; absent = found in the header line."""

    @property
    def name(self) -> str:
        """`system.entity`, as in the extract layout and in policy."""
        return f"{self.system}.{self.entity}"

    @property
    def relation(self) -> str:
        """The entity's table name in the schemas `raw` and `quarantine`."""
        return f"{self.system}__{self.entity}"

    @property
    def currency_column(self) -> str | None:
        """The column whose ISO 4217 code says how many decimals the row's money has."""
        return next((column.name for column in self.columns if column.name == "currency"), None)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


@cache
def currencies(path: Path = Path(__file__).parent / "currencies.csv") -> dict[str, int]:
    """Digits of the minor unit by ISO 4217 code, of every currency that money can be held in.

    Raw money has three decimals; the list leaves out units of account with more.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return {row["currency"]: int(row["minor_unit_digits"]) for row in csv.DictReader(file)}


@cache
def load_contracts(folder: Path = Path(__file__).parent) -> dict[str, Contract]:
    """Every contract under `folder` by `system.entity`, in name order.

    Raises pydantic.ValidationError where a file does not describe a contract.
    """
    # libyaml, where the wheel has it, is ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    contracts = (
        Contract.model_validate(
            yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
            | {"system": path.parent.name, "entity": path.stem}
        )
        for path in sorted(folder.glob("*/*.yml"))
    )
    return {contract.name: contract for contract in contracts}
