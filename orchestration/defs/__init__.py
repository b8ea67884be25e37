"""Dagster's view of a refresh: what depends on what, and when it runs. The work is elsewhere."""
