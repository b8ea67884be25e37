from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from warehouse.contracts import load_contracts
from warehouse.settings import DBT_PROJECT

SEED_PROPERTIES = DBT_PROJECT / "models" / "policy"


@dataclass(frozen=True)
class PolicyColumn:
    """One column of a policy file, or the value of one setting, as the seed properties say."""

    name: str
    type: str
    may_be_empty: bool
    may_be_absent: bool
    """Of a setting: whether there need be no row of it."""
    is_list: bool
    """Words separated by single spaces; `allowed` and `references` hold for each."""
    allowed: tuple[str, ...]
    minimum: Decimal | None
    maximum: Decimal | None
    references: tuple[str, str] | None
    """Policy table and column that must know the value."""


@dataclass(frozen=True)
class PolicyTable:
    """One policy file."""

    name: str
    columns: dict[str, PolicyColumn]
    key: tuple[str, ...]
    """What identifies a rule at one date."""
    settings: dict[str, PolicyColumn]
    """Of a file of settings: the value each one takes."""
    complete: str | None
    """The column of which every allowed value needs a row at every date."""

    @property
    def file(self) -> str:
        """Name of the CSV in the policy folder."""
        return f"{self.name}.csv"


@cache
def load_schema(folder: Path = SEED_PROPERTIES) -> dict[str, PolicyTable]:
    """Every policy table by name, from the seed properties under `folder`.

    Types are `config.column_types` of the seed. `config.meta` holds what dbt has no word for. On
    the seed: `key`, `complete`, `settings` (value descriptions by setting). On a column or
    setting: `may_be_empty`, `is_list`, `allowed`, `contract` (`system.entity.column` whose
    allowed set it shares), `references` (`table.column`), `minimum`, `maximum`. On a setting:
    `may_be_absent`.
    """
    seeds = (
        seed
        for path in sorted(folder.glob("*.yml"))
        for seed in yaml.safe_load(path.read_text(encoding="utf-8")).get("seeds", ())
    )
    return {table.name: table for table in sorted(map(_table, seeds), key=lambda table: table.name)}


def _table(seed: Mapping[str, Any]) -> PolicyTable:
    types, meta = seed["config"]["column_types"], seed["config"]["meta"]
    columns = {
        column["name"]: _column(
            column["name"], types[column["name"]], column.get("config", {}).get("meta", {})
        )
        for column in seed["columns"]
    }
    settings = {
        name: _column(name, value["type"], value)
        for name, value in meta.get("settings", {}).items()
    }
    return PolicyTable(seed["name"], columns, tuple(meta["key"]), settings, meta.get("complete"))


def _column(name: str, type_: str, meta: Mapping[str, Any]) -> PolicyColumn:
    table, _, column = meta.get("references", "").partition(".")
    return PolicyColumn(
        name=name,
        type=type_,
        may_be_empty=meta.get("may_be_empty", name == "valid_to"),
        may_be_absent=meta.get("may_be_absent", False),
        is_list=meta.get("is_list", False),
        allowed=_allowed(meta),
        minimum=_bound(meta.get("minimum")),
        maximum=_bound(meta.get("maximum")),
        references=(table, column) if table else None,
    )


def _allowed(meta: Mapping[str, Any]) -> tuple[str, ...]:
    if "contract" in meta:
        entity, _, column = meta["contract"].rpartition(".")
        return load_contracts()[entity].column(column).allowed
    return tuple(map(str, meta.get("allowed", ())))


def _bound(value: float | str | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
