"""What we read off dbt's manifest."""

from collections.abc import Mapping
from typing import Any

from warehouse.snapshots import Definition

MARTS = "marts"


def layer_of(props: Mapping[str, Any]) -> str:
    """The folder under `models/` that a model is in; `policy` for seeds."""
    return "policy" if props["resource_type"] == "seed" else str(props["fqn"][1])


def marts(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The nodes of the marts, in name order."""
    nodes = (
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and layer_of(node) == MARTS
    )
    return sorted(nodes, key=lambda node: str(node["name"]))


def definitions_of_marts(manifest: Mapping[str, Any]) -> list[Definition]:
    """What each mart and each of its columns means, as dbt's docs say it."""
    return [
        Definition(mart["name"], column, " ".join(described["description"].split()))
        for mart in marts(manifest)
        for column, described in {"": mart, **mart["columns"]}.items()
    ]
