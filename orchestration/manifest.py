"""What we read off dbt's manifest."""

from collections.abc import Iterable, Mapping
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
    """What each mart, each of its columns and each metric means, as dbt's docs say it."""
    described = [
        *((mart["name"], column, of) for mart in marts(manifest) for column, of in _said_of(mart)),
        *((node["name"], "", node) for node in _metrics(manifest)),
    ]
    return [
        Definition(name, column, " ".join(of["description"].split()))
        for name, column, of in described
    ]


def _said_of(mart: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The mart itself, under no column, and its columns."""
    return {"": mart, **mart["columns"]}.items()


def _metrics(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The models of the metrics, in name order."""
    nodes = (
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and str(node["name"]).startswith("metric_")
    )
    return sorted(nodes, key=lambda node: str(node["name"]))
