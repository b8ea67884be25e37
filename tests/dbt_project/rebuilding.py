"""A built company built again by the SQL dbt compiled for it, under another policy."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
from scored_company import Row

from warehouse.policy import load_policy


def models_in_order(built: Path, wanted: Iterable[str]) -> list[Mapping[str, Any]]:
    """The models that those named rest on, and they themselves, as dbt's manifest has them."""
    manifest = json.loads((built.parent / "target" / "manifest.json").read_bytes())
    nodes = manifest["nodes"]
    ordered: dict[str, Mapping[str, Any]] = {}

    def visit(key: str) -> None:
        node = nodes.get(key)
        if node is None or node["resource_type"] != "model" or key in ordered:
            return
        for parent in sorted(node["depends_on"]["nodes"]):
            visit(parent)
        ordered[key] = node

    for name in wanted:
        visit(f"model.partner_scorecards.{name}")
    return list(ordered.values())


def rebuild(
    built: Path,
    folder: Path,
    *,
    policy: Path,
    wanted: Iterable[str],
    planted: Mapping[str, list[Row]] | None = None,
) -> Path:
    """A copy of a built company with more raw rows, in which `wanted` is built under a policy."""
    copy = folder / built.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(built, copy)
    with duckdb.connect(str(copy)) as connection:
        for entity, rows in (planted or {}).items():
            _insert(connection, f"raw.{entity.replace('.', '__')}", rows)
            connection.execute(
                "update quality.entities set is_present = true, is_stale = false "
                "where system || '.' || entity = ?",
                [entity],
            )
            connection.execute(
                "update quality.columns set state = 'present' where system || '.' || entity = ?",
                [entity],
            )
        _adopt(connection, policy)
        run_models(connection, built, wanted)
    return copy


def run_models(connection: Any, built: Path, wanted: Iterable[str]) -> None:
    """Build `wanted`, and what they rest on, again by the SQL compiled for `built`."""
    run_nodes(connection, built, models_in_order(built, wanted))


def run_nodes(connection: Any, built: Path, nodes: Iterable[Mapping[str, Any]]) -> None:
    """Build nodes of dbt's manifest again, in their order, by the SQL compiled for `built`."""
    compiled = built.parent / "target" / "compiled" / "partner_scorecards"
    for node in nodes:
        relation = f"{node['schema']}.{node['name']}"
        sql = (compiled / node["original_file_path"]).read_text(encoding="utf-8")
        if node["config"]["materialized"] == "view":
            connection.execute(f"create or replace view {relation} as {sql}")
        else:
            connection.execute(f"create or replace table {relation} as {sql}")


def build_alike(
    built: Path, other: Path, *, wanted: Iterable[str], policy_folder: Path | None = None
) -> None:
    """Build `wanted` over the raw rows of another database of that name, under the same policy.

    With a `policy_folder`, under that one.
    """
    with duckdb.connect(str(built), read_only=True) as connection:
        policy = {
            table: connection.sql(f"select * from policy.{table}").to_arrow_table()
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'policy'"
            ).fetchall()
        }
    with duckdb.connect(str(other)) as connection:
        for schema in ("policy", "staging", "metrics", "money", "marts"):
            connection.execute(f"create schema {schema}")
        for table, rows in policy.items():
            connection.register("rows", rows)
            connection.execute(f"create table policy.{table} as select * from rows")
            connection.unregister("rows")
        if policy_folder is not None:
            _adopt(connection, policy_folder)
        run_models(connection, built, wanted)


def _adopt(connection: Any, policy: Path) -> None:
    """Put another policy's rows in place of those there are."""
    for table, frame in load_policy(policy).items():
        connection.execute(f"delete from policy.{table}")
        _insert(connection, f"policy.{table}", frame.to_dict("records"))


def _insert(connection: Any, relation: str, rows: list[Row]) -> None:
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join("?" for _ in row)
        connection.execute(
            f"insert into {relation} ({names}) values ({values})", list(row.values())
        )
