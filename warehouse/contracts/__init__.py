"""What an extract must look like: one YAML per entity, read into typed values."""

from warehouse.contracts.model import (
    Column,
    ConditionalMaximum,
    Contract,
    DateOrder,
    Freshness,
    currencies,
    load_contracts,
)

__all__ = [
    "Column",
    "ConditionalMaximum",
    "Contract",
    "DateOrder",
    "Freshness",
    "currencies",
    "load_contracts",
]
