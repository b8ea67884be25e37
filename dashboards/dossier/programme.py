"""What a version's policy says that a partner's page and its packs read."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards.charts.ladders import Band, Rubric
from dashboards.frames import records
from dashboards.queries import published
from dashboards.queries.partner import bands, health_points, health_tones


@dataclass(frozen=True)
class Programme:
    """What the version's policy says that more than one part of the page reads."""

    tiers: tuple[str, ...]
    """Lowest first."""
    bands: pd.DataFrame
    score_maximum: Decimal
    first_month: int
    """The month in which the fiscal year starts."""
    currency: str
    meanings: Mapping[str, str]
    """What each metric means."""
    tones: Mapping[str, str]
    """How each band of health is judged."""
    health_points: Mapping[str, int]
    absent_extracts: frozenset[str]
    """Extracts that are absent, as `system.entity`."""

    def rubric(self, metric: Any) -> Rubric:
        """The rubric of a metric's row."""
        rows = self.bands[self.bands["metric_key"].eq(metric.metric_key)]
        return Rubric.of(map(Band.of, records(rows)), metric.unit, self.score_maximum)

    def next_tier(self, tier: str | None) -> str | None:
        """The tier above, or None at the top."""
        above = self.tiers[self.tiers.index(tier) + 1 :] if tier in self.tiers else self.tiers
        return above[0] if above else None


def programme(edition: published.Edition) -> Programme:
    """What the policy of the version says."""
    has_health = published.has(edition, "fct_partner_health")
    extracts = published.staleness(edition)
    gone = extracts[~extracts["is_present"]]
    return Programme(
        tiers=tuple(published.tiers(edition)),
        bands=bands(edition),
        score_maximum=published.score_maximum(edition),
        first_month=int(published.setting(edition, "fiscal_year_start_month") or 1),
        currency=published.setting(edition, "reporting_currency") or "USD",
        meanings=published.metric_definitions(edition),
        tones=health_tones(edition) if has_health else {},
        health_points=health_points(edition) if has_health else {},
        absent_extracts=frozenset(gone["system"] + "." + gone["entity"]),
    )
