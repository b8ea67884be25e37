"""The rules a published version carries: the models tagged `rescored`, as dbt compiled them."""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from warehouse.scoring import ScoringModel

RESCORED = "rescored"
"""Tag of the models that follow from policy, the spine and the partners' tiers alone."""


def scoring_models(manifest: Mapping[str, Any], target: Path) -> list[ScoringModel]:
    """The models tagged `rescored` in the order they run, with the SQL dbt wrote under `target`.

    Compiled SQL names a relation by database, schema and table; here it is one name in quotes,
    "<schema>.<table>".
    """
    nodes = manifest["nodes"] | manifest["sources"]
    tagged = {
        key: node
        for key, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model" and RESCORED in node["tags"]
    }
    parents = {key: sorted(node["depends_on"]["nodes"]) for key, node in tagged.items()}
    return [
        ScoringModel(
            _name(tagged[key]),
            _renamed(_compiled(tagged[key], target), [nodes[parent] for parent in parents[key]]),
            tuple(_name(nodes[parent]) for parent in parents[key]),
        )
        for key in TopologicalSorter(parents).static_order()
        if key in tagged
    ]


def _name(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node['name']}"


def _compiled(node: Mapping[str, Any], target: Path) -> str:
    path: Path = target / "compiled" / node["package_name"] / node["original_file_path"]
    return path.read_text(encoding="utf-8")


def _renamed(sql: str, parents: list[Mapping[str, Any]]) -> str:
    for parent in parents:
        table = f'"{parent["schema"]}"."{parent["name"]}"'
        sql = re.sub(rf'"[^"]+"\.{re.escape(table)}', f'"{_name(parent)}"', sql)
    return sql
