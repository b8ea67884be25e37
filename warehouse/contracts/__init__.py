"""What an extract must look like: one YAML per entity, read into typed values."""

from warehouse.contracts.model import Column, Contract, DateOrder, Freshness, load_contracts

__all__ = ["Column", "Contract", "DateOrder", "Freshness", "load_contracts"]
