"""Writes a believable company's extracts, ragged as in life, with its truths beside them."""

from seeds.simulate.simulation import DEFAULT_EVENTS, simulate

__all__ = ["DEFAULT_EVENTS", "simulate"]
