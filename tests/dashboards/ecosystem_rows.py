"""KPIs of the ecosystem, segments, events and cohorts, beside `snapshot_factory`."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

FIRST, SECOND = "P-00001", "P-00002"
HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'
QUARTER, BEFORE = date(2026, 9, 30), date(2026, 6, 30)
MONTHS, WEEKS = 24, 13

KPI = """
create or replace table marts.mart_ecosystem_kpi (
    period_kind varchar, period_start date, period_end date, kpi_key varchar, label varchar,
    definition varchar, family varchar, position integer, unit varchar, direction varchar,
    nature varchar, owner varchar, window_months integer, value decimal(28, 9),
    numerator decimal(28, 9), denominator decimal(28, 9), sample_size bigint,
    minimum_sample integer, measure_status varchar, missing_sources varchar,
    stale_sources varchar,
    target decimal(28, 9), target_high decimal(28, 9), target_is_inclusive boolean,
    status varchar, requires varchar
)
"""
EVENT = """
create or replace table marts.fct_ecosystem_event (
    quarter_end date, kind varchar, what varchar, partner_id varchar, amount_cents bigint,
    on_date date, text varchar, "rank" integer
)
"""
SEGMENT = """
create or replace table marts.mart_segment_quarterly (
    partner_id varchar, quarter_end date, segment varchar, reason varchar,
    sourced_arr decimal(28, 9), sourced_arr_year_before decimal(28, 9), growth decimal(28, 9),
    mdf_cents bigint, co_build_days integer, roadmap_votes integer, review_cadence varchar
)
"""
COHORT = """
create or replace table marts.fct_retention_cohort (
    partner_id varchar, cohort_quarter date, months integer, accounts bigint,
    active_accounts bigint, active_share decimal(28, 9), due_on date
)
"""
UNITS: dict[str, tuple[float, float]] = {
    "usd": (18e6, 1.5e5),
    "share": (0.5, 0.004),
    "days": (104, -0.9),
    "ratio": (2.7, 0.02),
    "count": (80, 0.7),
    "score": (52, 0.3),
    "number": (0.4, -0.004),
}
KPIS: list[tuple[str, str, str, str, str, tuple[float, ...], str, str, str]] = [
    # key, label, family, unit, direction, targets, status, nature, owner
    (
        "sourced_arr",
        "Sourced ARR",
        "growth",
        "usd",
        "higher",
        (20e6,),
        "on_target",
        "lagging",
        "Head",
    ),
    (
        "sourced_share",
        "Sourced share of ARR",
        "growth",
        "share",
        "between",
        (0.2, 0.3),
        "off_target",
        "lagging",
        "Head",
    ),
    (
        "pipeline_coverage",
        "Pipeline coverage",
        "growth",
        "ratio",
        "higher",
        (3,),
        "watch",
        "leading",
        "Ops",
    ),
    (
        "time_to_first_deal",
        "Time to first deal",
        "growth",
        "days",
        "lower",
        (80,),
        "off_target",
        "leading",
        "Ops",
    ),
    (
        "active_partners",
        "Active partners",
        "growth",
        "count",
        "higher",
        (),
        "no_target",
        "leading",
        "Head",
    ),
    (
        "incidents_per_integration",
        "Incidents per integration",
        "reliability",
        "number",
        "lower",
        (0.5,),
        "on_target",
        "lagging",
        "Ops",
    ),
    (
        "partner_nps",
        "Partner NPS",
        "quality",
        "score",
        "higher",
        (50,),
        "on_target",
        "leading",
        "Head",
    ),
    ("csat", "CSAT", "quality", "share", "higher", (0.88,), "not_measured", "lagging", "Support"),
    (
        "qbr_completion",
        "QBR completion",
        "efficiency",
        "share",
        "higher",
        (0.9,),
        "off_target",
        "leading",
        "Ops",
    ),
]


def kpi_rows() -> list[dict[str, Any]]:
    """Each KPI in 24 months and 13 weeks; off its target in the last three of them."""
    months = [date(2024 + (10 + n) // 12, (10 + n) % 12 + 1, 1) for n in range(MONTHS + 1)]
    weeks = [date(2026, 11, 16) - timedelta(weeks=WEEKS - n) for n in range(WEEKS + 1)]
    rows = []
    for kind, starts in (("month", months), ("week", weeks)):
        for place, (start, end) in enumerate(pairwise(starts)):
            left = len(starts) - 2 - place
            rows += [_kpi(kind, (start, end), n, left) for n in range(len(KPIS))]
    return rows


def _kpi(kind: str, period: tuple[date, date], place: int, left: int) -> dict[str, Any]:
    key, label, family, unit, direction, targets, status, nature, owner = KPIS[place]
    last, step = UNITS[unit]
    is_measured = status != "not_measured"
    return {
        "period_kind": kind,
        "period_start": period[0],
        "period_end": period[1],
        "kpi_key": key,
        "label": label,
        "definition": f"What {label} means.",
        "family": family,
        "position": place + 1,
        "unit": unit,
        "direction": direction,
        "nature": nature,
        "owner": owner,
        "window_months": 12 if nature == "lagging" else None,
        "value": last - step * left if is_measured else None,
        "numerator": 12 if is_measured else None,
        "denominator": 24 if is_measured else None,
        "sample_size": 24 if is_measured else 3,
        "minimum_sample": 5,
        "measure_status": "measured" if is_measured else "too_few",
        "missing_sources": None,
        "stale_sources": "crm.surveys" if key == "partner_nps" else None,
        "target": targets[0] if targets else None,
        "target_high": targets[1] if len(targets) > 1 else None,
        "target_is_inclusive": direction != "lower",
        "status": "on_target" if status == "off_target" and left > 2 else status,
        "requires": "crm.opportunities",
    }


EVENTS = [
    (QUARTER, "win", "largest_won", FIRST, 61_200_000, date(2026, 8, 14), "Won Vossberg AG", 1),
    (QUARTER, "win", "promoted", SECOND, None, date(2026, 9, 1), "Promoted to Gold", 2),
    (QUARTER, "failure", "sev1", SECOND, None, date(2026, 7, 4), HOSTILE, 1),
    (QUARTER, "failure", "sev1", None, None, date(2026, 7, 3), "Sev1, caused by us", 2),
    (QUARTER, "failure", "sev1", "unknown", None, date(2026, 7, 2), "Sev1 of nobody known", 3),
    (BEFORE, "win", "activated", FIRST, None, date(2026, 6, 4), "Won its first deal", 1),
]
SEGMENTS = [
    (FIRST, BEFORE, "growth", "grew", 900_000, 600_000, 0.5, 2_000_000, 15, 2, "quarterly"),
    (FIRST, QUARTER, "strategic", "top_and_growing", 1_240_000, 900_000, 0.38, 5_000_000, 40, 5,
     "monthly"),
    (SECOND, QUARTER, "growth", "grew", 300_000, 200_000, 0.5, 2_000_000, 15, 2, "quarterly"),
    ("P-00003", QUARTER, "long_tail", "no_growth", 0, 0, None, 0, 0, 0, "yearly"),
]  # fmt: skip
COHORTS = [
    (FIRST, date(2025, 7, 1), 12, 8, 6, 0.75, date(2026, 9, 30)),
    (SECOND, date(2025, 7, 1), 12, 2, 2, 1, date(2026, 9, 30)),
    (FIRST, date(2025, 10, 1), 12, 5, None, None, date(2026, 12, 31)),
]


def add_ecosystem(path: Path) -> None:
    """Give a published file its KPIs, segments, events and cohorts."""
    tables = (
        (KPI, "mart_ecosystem_kpi", pd.DataFrame(kpi_rows())),
        (EVENT, "fct_ecosystem_event", EVENTS),
        (SEGMENT, "mart_segment_quarterly", SEGMENTS),
        (COHORT, "fct_retention_cohort", COHORTS),
    )
    with duckdb.connect(path) as connection:
        for ddl, name, rows in tables:
            connection.execute(ddl)
            if isinstance(rows, pd.DataFrame):
                connection.register("rows", rows)
                connection.execute(f"insert into marts.{name} by name select * from rows")
                connection.unregister("rows")
            else:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"insert into marts.{name} values ({marks})", rows)
