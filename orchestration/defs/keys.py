"""The names of the assets that more than one module speaks of."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.manifest import MARTS, marts
from warehouse.contracts.model import Contract, load_contracts

POLICY = dg.AssetKey(["programme", "policy"])
LEDGER = dg.AssetKey(["programme", "ledger"])
RAW = dg.AssetKey(["warehouse", "raw"])
PUBLISHED = dg.AssetKey(["warehouse", "published"])
PACKS = dg.AssetKey(["packs", "business_reviews"])
DIGEST = dg.AssetKey(["messages", "digest"])


def extract_key(contract: Contract) -> dg.AssetKey:
    """The asset of one extract entity."""
    return dg.AssetKey([contract.system, contract.entity])


def extract_key_of_relation(relation: str) -> dg.AssetKey:
    """The asset whose rows a table of the schema `raw` or `quarantine` holds.

    API usage lands as several rollups of one extract; a table of no extract belongs to the mount.
    """
    contracts = load_contracts().values()
    for contract in contracts:
        if relation == contract.relation:
            return extract_key(contract)
    for contract in contracts:
        if relation.startswith(f"{contract.relation}_"):
            return extract_key(contract)
    return RAW


def mart_keys(manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    """The assets of the marts, in name order."""
    return [dg.AssetKey([MARTS, mart["name"]]) for mart in marts(manifest)]
