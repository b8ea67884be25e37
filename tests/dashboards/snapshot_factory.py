"""Publishes a small invented company in the shape of the released marts, for tests of the pages.

Not a simulation: rows are drawn to cover what a page must show (every tier, type, status, a stale
and an absent extract), with a fixed seed. A scenario is a keyword, so a test names what it changes.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

LAST_WEEK = date(2026, 11, 9)
AS_OF = date(2026, 11, 15)
TIERS = ("registered", "silver", "gold", "platinum")
TYPES = ("platform", "si", "reseller", "oem", "data_provider", "referral")
CRITERIA = ("revenue_influence", "delivery_quality", "security_posture", "support_maturity")
HEALTH_BANDS = (
    ("Champion", 80, "good"),
    ("Healthy", 60, "good"),
    ("At-risk", 40, "watch"),
    ("Critical", 20, "bad"),
    ("Churning", 0, "bad"),
)
MOVEMENTS = ("hold", "hold", "promote", "hold", "demote", "warn", "hold", "pause", "exit")
WORDS = ("Revenue influence", "Delivery quality", "Security posture", "Support maturity")

MART_SCORECARD_WEEKLY = """
create table marts.mart_scorecard_weekly (
    partner_id varchar, partner_name varchar, partner_type varchar, archetype varchar,
    partner_manager varchar, period_start date, period_end date, current_tier varchar,
    weighted_score decimal(28, 9), weighted_score_last_week decimal(28, 9),
    weighted_score_13_weeks_ago decimal(28, 9), score_change_1w decimal(28, 9),
    score_change_13w decimal(28, 9), coverage decimal(28, 9), is_below_coverage_floor boolean,
    revenue_influence_score decimal(28, 9), delivery_quality_score decimal(28, 9),
    security_posture_score decimal(28, 9), support_maturity_score decimal(28, 9),
    pipeline_created_sourced_cents bigint, pipeline_created_influenced_cents bigint,
    open_pipeline_cents bigint, won_sourced_cents bigint, won_influenced_cents bigint,
    installs bigint, activations bigint, active_installs bigint, incident_rate decimal(28, 9),
    partner_nps decimal(28, 9), customer_nps decimal(28, 9), not_measured varchar,
    stale_sources varchar
)
"""
JUDGED_WEEKLY = """
alter table marts.mart_scorecard_weekly add column health_score integer;
alter table marts.mart_scorecard_weekly add column health_band varchar;
alter table marts.mart_scorecard_weekly add column health_status varchar;
alter table marts.mart_scorecard_weekly add column si_quality_score decimal(28, 9);
alter table marts.mart_scorecard_weekly add column si_quality_status varchar;
alter table marts.mart_scorecard_weekly add column movement varchar;
"""
FCT_TIER_SCORE = """
create table marts.fct_tier_score (
    partner_id varchar, period_kind varchar, period_start date, period_end date,
    weighted_score decimal(28, 9), current_tier varchar, qualified_tier varchar
)
"""
DIM_PARTNER = """
create table marts.dim_partner as
select distinct partner_id, partner_name, partner_type, partner_manager, current_tier
from marts.mart_scorecard_weekly
"""
FCT_PARTNER_METRIC = """
create table marts.fct_partner_metric (
    partner_id varchar, period_kind varchar, period_start date, period_end date,
    metric_key varchar, value decimal(28, 9), numerator decimal(28, 9),
    denominator decimal(28, 9), sample_size bigint, status varchar, is_stale boolean,
    rubric_score decimal(28, 9)
)
"""
QUALITY = {
    "loads": "system varchar, entity varchar, path varchar, content_hash varchar, "
    "size_bytes bigint, rows_in bigint, rows_accepted bigint, rows_refused bigint, "
    "state varchar, reason varchar",
    "entities": "system varchar, entity varchar, is_present boolean, files bigint, "
    "rows_in bigint, rows_accepted bigint, rows_refused bigint, rows_superseded bigint, "
    "rows_orphaned bigint, newest_at timestamp, freshness_column varchar, "
    "freshness_window_days integer, age_days integer, is_stale boolean",
    "columns": "system varchar, entity varchar, column_name varchar, state varchar",
    "control_totals": "system varchar, entity varchar, column_name varchar, currency varchar, "
    "accepted_rows bigint, accepted_total decimal(28, 3), negative_rows bigint, "
    "negative_total decimal(28, 3), refused_rows bigint, refused_total decimal(28, 3)",
    "refused_samples": "system varchar, entity varchar, path varchar, record bigint, "
    "reasons varchar, row_json varchar",
    "overlaps": "entity varchar, path varchar, other_path varchar, from_at timestamp, "
    "until_at timestamp",
    "checks": "stage varchar, dataset varchar, check_name varchar, column_name varchar, "
    "is_blocking boolean, passed boolean, observed varchar, message varchar",
    "definitions": "mart varchar, column_name varchar, description varchar",
    "snapshot": "version varchar, schema_version integer, as_of date, period_start date, "
    "period_end date, published_at timestamp, policy_hash varchar, policy_version varchar, "
    "code_version varchar",
}
ENTITIES = (
    ("crm", "partners", 90),
    ("crm", "accounts", 30),
    ("crm", "opportunities", 7),
    ("crm", "opportunity_touches", 7),
    ("crm", "deal_registrations", 14),
    ("crm", "certifications", 30),
    ("crm", "surveys", 30),
    ("crm", "security_assessments", 180),
    ("billing", "subscriptions", 7),
    ("billing", "invoices", 7),
    ("billing", "invoice_lines", 7),
    ("billing", "fx_rates", 7),
    ("support", "tickets", 7),
    ("support", "incidents", 30),
    ("telemetry", "integrations", 30),
    ("telemetry", "installs", 7),
    ("telemetry", "api_usage", 7),
    ("telemetry", "access_grants", 30),
)
METRICS = (
    (
        "sourced_arr",
        "revenue_influence",
        "crm.opportunities crm.opportunities.amount crm.deal_registrations",
    ),
    ("customer_nps", "delivery_quality", "crm.surveys"),
    ("customer_retention", "delivery_quality", "billing.subscriptions billing.invoices"),
    ("security_questionnaire", "security_posture", "crm.security_assessments"),
    ("first_response", "support_maturity", "support.tickets"),
)
FIRST = [
    "Lumen",
    "Orchard",
    "Cedar",
    "Fernhill",
    "Emberly",
    "Foxglove",
    "Ostara",
    "Palisade",
    "Quarry",
    "Xylo",
    "Calder",
]
SECOND = [
    "Group",
    "Platform",
    "Cloud",
    "Signals",
    "Devices",
    "Networks",
    "Data",
    "Systems",
    "Advisory",
    "Digital",
]
MANAGERS = ("Ana Brandt", "Idris Kaya", "Mei Lin Sato", "Tomás Rey")
DEFINITIONS = {
    "partner_name": "The partner's name as the CRM has it.",
    "partner_type": "What the partner is to us: platform, si, reseller, oem, data_provider …",
    "current_tier": "Tier in force on the last day of the week.",
    "weighted_score": "Σ effective weight × criterion score, 0–5; shown truncated.",
    "score_change_13w": "Weighted score minus that of 13 weeks before.",
    "revenue_influence_score": "Weighted mean rubric score of the measured revenue metrics, 0–5.",
    "delivery_quality_score": "Weighted mean rubric score of the measured delivery metrics, 0–5.",
    "security_posture_score": "Weighted mean rubric score of the measured security metrics, 0–5.",
    "support_maturity_score": "Weighted mean rubric score of the measured support metrics, 0–5.",
    "coverage": "Share of the applicable metric weight that is measured.",
    "not_measured": "Criteria without a score.",
    "won_sourced_cents": "ARR of opportunities it sourced, won in the week, reporting currency.",
}


@dataclass(frozen=True)
class Scenario:
    """What a test changes about the invented company."""

    partners: int = 120
    as_of: date = AS_OF
    version: str = "2026-11-15-0a1b2c3d4e5f"
    names: tuple[str, ...] = ()
    """Names of the first partners, where a test wants its own."""
    stale: tuple[str, ...] = ()
    """Extracts past their window, as `system.entity`."""
    absent: tuple[str, ...] = ()
    refused_files: tuple[str, ...] = ()
    """Extracts one file of which was refused."""
    failed_checks: int = 0
    schema_version: int = 2
    """1 for a version published before health and tiers were judged."""
    below_floor: int = 2
    samples: tuple[tuple[str, str, int, str, str], ...] = field(
        default=(
            (
                "crm.opportunities",
                "crm/opportunities/2026-11.csv",
                418,
                "amount '1.005' is no amount in cents",
                '{"opportunity_id": "O-418", "amount": "1.005", "stage": "proposal"}',
            ),
            (
                "support.tickets",
                "support/tickets.csv.gz",
                77,
                "opened_at '13/02/26' is no timestamp; priority 'asap' is not allowed",
                '{"ticket_id": "T-77", "opened_at": "13/02/26", "priority": "asap"}',
            ),
        )
    )


def publish(home: Path, scenario: Scenario = Scenario()) -> Path:
    """Write one published version into `home` and point at it; returns its file."""
    folder = home / "published"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{scenario.version}.duckdb"
    with duckdb.connect(path) as connection:
        for schema in ("marts", "quality", "policy"):
            connection.execute(f"create schema {schema}")
        _write_policy(connection)
        weekly = _weekly(scenario)
        connection.execute(MART_SCORECARD_WEEKLY)
        connection.execute(FCT_PARTNER_METRIC)
        connection.execute(FCT_TIER_SCORE)
        if scenario.schema_version > 1:
            connection.execute(JUDGED_WEEKLY)
            _write_health_bands(connection)
            weekly = _judged(weekly)
        marts = {
            "mart_scorecard_weekly": weekly,
            "fct_partner_metric": _metrics(weekly),
            "fct_tier_score": _tier_scores(weekly, scenario),
        }
        for name, rows in marts.items():
            connection.register("rows", rows)
            connection.execute(f"insert into marts.{name} by name select * from rows")
            connection.unregister("rows")
        connection.execute(DIM_PARTNER)
        for name, columns in QUALITY.items():
            connection.execute(f"create table quality.{name} ({columns})")
        for name, rows in _quality(scenario).items():
            connection.register("rows", rows)
            connection.execute(f"insert into quality.{name} by name select * from rows")
            connection.unregister("rows")
    pointer = {"version": scenario.version, "as_of": scenario.as_of.isoformat()}
    (folder / "current.json").write_text(json.dumps(pointer))
    return path


def partner_names(scenario: Scenario) -> list[str]:
    """The names of the invented partners, the scenario's own first."""
    invented = [
        f"{FIRST[i % len(FIRST)]} {SECOND[i // len(FIRST) % len(SECOND)]}"
        + (f" {i // (len(FIRST) * len(SECOND)) + 1}" if i >= len(FIRST) * len(SECOND) else "")
        for i in range(scenario.partners)
    ]
    return [*scenario.names, *invented][: scenario.partners]


def _weekly(scenario: Scenario, weeks: int = 27) -> pd.DataFrame:
    draw = np.random.default_rng(7)
    n = scenario.partners
    level = draw.normal(2.9, 0.8, n).clip(0.4, 4.6)
    drift = draw.normal(0, 0.022, n)
    walk = draw.normal(0, 0.03, (n, weeks)).cumsum(axis=1)
    scores = (level[:, None] + drift[:, None] * np.arange(weeks) + walk).clip(0, 5).round(9)
    criteria = (scores[:, :, None] + draw.normal(0, 0.7, (n, 1, 4))).clip(0, 5).round(4)
    unmeasured = draw.random((n, 4)) < 0.06
    unmeasured[n // 2 : n // 2 + 1] = True  # one partner with nothing measured
    criteria[np.broadcast_to(unmeasured[:, None, :], criteria.shape)] = np.nan
    scores[unmeasured.all(axis=1)] = np.nan
    coverage = np.where(unmeasured.any(axis=1), 0.8, draw.choice([1, 0.95, 0.85], n))
    coverage[: scenario.below_floor] = 0.45
    coverage[unmeasured.all(axis=1)] = 0
    partner = np.repeat(np.arange(n), weeks)
    week = np.tile(np.arange(weeks), n)
    start = np.array([LAST_WEEK - timedelta(weeks=weeks - 1 - w) for w in range(weeks)])
    names = np.array(partner_names(scenario), dtype=object)
    tier = np.array(TIERS, dtype=object)[np.digitize(level, [1.9, 2.8, 3.9])]
    kind = np.array([TYPES[i % len(TYPES)] for i in range(n)], dtype=object)
    words = np.array(
        [", ".join(w for w, out in zip(WORDS, row, strict=True) if out) for row in unmeasured],
        dtype=object,
    )
    stale = ", ".join(sorted(scenario.stale)) or None
    before = _lag(scores, 1)
    quarter_before = _lag(scores, 13)
    frame = pd.DataFrame(
        {
            "partner_id": np.array([f"P-{i + 1:05d}" for i in range(n)], dtype=object)[partner],
            "partner_name": names[partner],
            "partner_type": kind[partner],
            "archetype": np.where(kind == "si", "si", "default")[partner],
            "partner_manager": np.array(MANAGERS, dtype=object)[partner % len(MANAGERS)],
            "period_start": start[week],
            "period_end": start[week] + timedelta(days=7),
            "current_tier": tier[partner],
            "weighted_score": scores.ravel(),
            "weighted_score_last_week": before.ravel(),
            "weighted_score_13_weeks_ago": quarter_before.ravel(),
            "score_change_1w": (scores - before).ravel().round(9),
            "score_change_13w": (scores - quarter_before).ravel().round(9),
            "coverage": coverage[partner],
            "is_below_coverage_floor": (coverage < 0.6)[partner],
            "pipeline_created_sourced_cents": draw.integers(0, 9_000_000, n * weeks),
            "pipeline_created_influenced_cents": draw.integers(0, 20_000_000, n * weeks),
            "open_pipeline_cents": draw.integers(0, 90_000_000, n * weeks),
            "won_sourced_cents": draw.integers(0, 4_000_000, n * weeks),
            "won_influenced_cents": draw.integers(0, 9_000_000, n * weeks),
            "installs": draw.integers(0, 9, n * weeks),
            "activations": draw.integers(0, 7, n * weeks),
            "active_installs": draw.integers(0, 90, n * weeks),
            "incident_rate": draw.random(n * weeks).round(4),
            "partner_nps": draw.integers(-20, 80, n * weeks),
            "customer_nps": draw.integers(-20, 80, n * weeks),
            "not_measured": pd.Series(words[partner]).replace("", None),
            "stale_sources": stale,
        }
    )
    for position, criterion in enumerate(CRITERIA):
        frame[f"{criterion}_score"] = criteria[:, :, position].ravel()
    if any(name.startswith("crm.opportunities") for name in scenario.absent):
        frame["won_sourced_cents"] = None
    return frame


def _judged(weekly: pd.DataFrame) -> pd.DataFrame:
    """Health, SI quality and movement beside the scores; every ninth partner has too few points."""
    draw = np.random.default_rng(11)
    place = weekly["partner_id"].str[2:].astype(int)
    health = (weekly["coverage"] * 60 + draw.integers(-20, 40, len(weekly))).clip(0, 100).round()
    is_judged = place % 9 != 0
    bands = sorted((lower, band) for band, lower, _ in HEALTH_BANDS)
    band = np.array([b for _, b in bands], dtype=object)[
        np.digitize(health, [lower for lower, _ in bands[1:]])
    ]
    is_si = weekly["partner_type"].eq("si")
    return weekly.assign(
        health_score=health.astype("Int64").where(is_judged),
        health_band=pd.Series(band, index=weekly.index).where(is_judged),
        health_status=np.where(is_judged, "measured", "too_few"),
        si_quality_score=pd.Series(
            draw.uniform(20, 95, len(weekly)).round(9), index=weekly.index
        ).where(is_si),
        si_quality_status=pd.Series("measured", index=weekly.index).where(is_si),
        movement=np.array(MOVEMENTS, dtype=object)[place % len(MOVEMENTS)],
    )


def _tier_scores(weekly: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    latest = weekly[weekly["period_start"] == LAST_WEEK]
    columns = ["partner_id", "period_start", "period_end", "weighted_score", "current_tier"]
    scores = latest[columns].assign(period_kind="week")
    if scenario.schema_version > 1:
        scores["qualified_tier"] = scores["current_tier"]
    return scores


def _write_health_bands(connection: duckdb.DuckDBPyConnection) -> None:
    bands = pd.DataFrame(HEALTH_BANDS, columns=["band", "lower_bound", "tone"])
    bands = bands.assign(valid_from=date(2023, 1, 1), valid_to=pd.NaT)
    connection.register("bands", bands)
    connection.execute("create table policy.health_bands as select * from bands")
    connection.unregister("bands")


def _lag(scores: np.ndarray, weeks: int) -> np.ndarray:
    out = np.full_like(scores, np.nan)
    out[:, weeks:] = scores[:, :-weeks]
    return out


def _metrics(weekly: pd.DataFrame) -> pd.DataFrame:
    latest = weekly[weekly["period_start"] == LAST_WEEK]
    parts = []
    for metric, criterion, _ in METRICS:
        score = latest[f"{criterion}_score"]
        parts.append(
            pd.DataFrame(
                {
                    "partner_id": latest["partner_id"],
                    "period_kind": "week",
                    "period_start": latest["period_start"],
                    "period_end": latest["period_end"],
                    "metric_key": metric,
                    "value": score,
                    "sample_size": 2,
                    "status": np.where(
                        score.notna(),
                        "measured",
                        "too_few" if metric == "customer_nps" else "no_events",
                    ),
                    "is_stale": False,
                    "rubric_score": score.round(),
                }
            )
        )
    return pd.concat(parts)


def _quality(scenario: Scenario) -> dict[str, pd.DataFrame]:
    midnight = datetime.combine(scenario.as_of + timedelta(days=1), datetime.min.time())
    entities, loads, columns = [], [], []
    for position, (system, entity, window) in enumerate(ENTITIES):
        name = f"{system}.{entity}"
        present = name not in scenario.absent
        rows = (position + 1) * 1_237 if present else 0
        refused = sum(sample[0] == name for sample in scenario.samples) * 9 if present else 0
        age = window + 2 if name in scenario.stale else min(window, 1 + position % 4)
        entities.append(
            {
                "system": system,
                "entity": entity,
                "is_present": present,
                "files": 1 + position % 3 if present else 0,
                "rows_in": rows,
                "rows_accepted": rows - refused,
                "rows_refused": refused,
                "rows_superseded": position * 3 if present else 0,
                "rows_orphaned": 4 if entity == "opportunity_touches" and present else 0,
                "newest_at": midnight - timedelta(days=age, hours=-3) if present else None,
                "freshness_column": "updated_at",
                "freshness_window_days": window,
                "age_days": age if present else None,
                "is_stale": name in scenario.stale if present else None,
            }
        )
        if present:
            loads.append(_load(name, f"{system}/{entity}.csv", rows, refused))
        columns.append((system, entity, "updated_at", "present" if present else "absent"))
    for name in scenario.refused_files:
        reason = "partner_id: a required column is missing"
        loads.append(
            _load(name, f"{name.replace('.', '/')}/broken.csv", 0, 0) | {"state": "refused"}
        )
        loads[-1]["reason"] = reason
    columns += [
        ("crm", "partners", "crm_owner_segment", "new"),
        ("support", "tickets", "handling_minutes", "vanished"),
    ]
    sound = [
        ("raw", "raw.crm__partners", "few rows are refused", True, True, "0"),
        ("raw", "raw.support__tickets", "few rows are refused", True, True, "0.001"),
        ("marts", "marts.mart_scorecard_weekly", "no score is above 5", True, True, "4.94"),
    ]
    failed = [
        (
            "raw",
            "raw.support__tickets",
            f"few tickets wait for an answer ({n})",
            False,
            False,
            "0.31",
        )
        for n in range(1, scenario.failed_checks + 1)
    ]
    checks = [
        {
            "stage": stage,
            "dataset": dataset,
            "check_name": check,
            "column_name": "share",
            "is_blocking": is_blocking,
            "passed": passed,
            "observed": observed,
            "message": f"{dataset}: {check}: expected at most 0.2, observed {observed}",
        }
        for stage, dataset, check, is_blocking, passed, observed in sound + failed
    ]
    return {
        "entities": pd.DataFrame(entities),
        "loads": pd.DataFrame(loads),
        "columns": pd.DataFrame(columns, columns=["system", "entity", "column_name", "state"]),
        "control_totals": pd.DataFrame(
            [
                ("crm", "opportunities", "amount", "USD", 3702, 48_120_400.5, 0, 0, 9, 1204.25),
                ("billing", "invoices", "total", "EUR", 812, 902_111.25, 4, -1190.75, 0, 0),
                ("billing", "invoices", "total", "USD", 11_548, 9_120_400.01, 12, -90.5, 0, 0),
            ],
            columns=[
                c.split()[0] for c in QUALITY["control_totals"].replace("28, 3", "").split(", ")
            ],
        ),
        "refused_samples": pd.DataFrame(
            [
                (*name.split("."), path, record, reasons, row)
                for name, path, record, reasons, row in scenario.samples
                if name not in scenario.absent
            ],
            columns=["system", "entity", "path", "record", "reasons", "row_json"],
        ),
        "overlaps": pd.DataFrame(
            [
                (
                    "api_usage",
                    "telemetry/api_usage/2026-11-02.parquet",
                    "telemetry/api_usage/2026-11-03.parquet",
                    datetime(2026, 11, 3),
                    datetime(2026, 11, 3, 2),
                )
            ],
            columns=["entity", "path", "other_path", "from_at", "until_at"],
        ),
        "checks": pd.DataFrame(checks),
        "definitions": pd.DataFrame(
            [("mart_scorecard_weekly", c, d) for c, d in DEFINITIONS.items()],
            columns=["mart", "column_name", "description"],
        ),
        "snapshot": pd.DataFrame(
            [
                {
                    "version": scenario.version,
                    "schema_version": scenario.schema_version,
                    "as_of": scenario.as_of,
                    "period_start": LAST_WEEK,
                    "period_end": LAST_WEEK + timedelta(days=7),
                    "published_at": datetime(2026, 11, 16, 6, 4),
                    "policy_hash": "9f2c4a11d0e7b3865512",
                    "policy_version": "2026-10-01",
                    "code_version": "0.1.0",
                }
            ]
        ),
    }


def _load(name: str, path: str, rows: int, refused: int) -> dict[str, object]:
    system, entity = name.split(".")
    return {
        "system": system,
        "entity": entity,
        "path": path,
        "content_hash": f"{abs(hash(path)) % 16**12:012x}",
        "size_bytes": rows * 83,
        "rows_in": rows,
        "rows_accepted": rows - refused,
        "rows_refused": refused,
        "state": "landed",
        "reason": None,
    }


def _write_policy(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create table policy.settings as
        select * from (values
            ('coverage_floor', '0.6', date '2023-01-01', null::date),
            ('reporting_currency', 'USD', date '2023-01-01', null::date)
        ) as rows (setting, value, valid_from, valid_to);
        create table policy.tiers as
        select * from (values
            ('registered', 0, date '2023-01-01', null::date),
            ('silver', 1, date '2023-01-01', null::date),
            ('gold', 2, date '2023-01-01', null::date),
            ('platinum', 3, date '2023-01-01', null::date)
        ) as rows (tier, "rank", valid_from, valid_to);
        """
    )
    metrics = pd.DataFrame(
        [
            (k, k.replace("_", " ").capitalize(), c, need, date(2023, 1, 1), pd.NaT)
            for k, c, need in METRICS
        ],
        columns=["metric_key", "label", "criterion", "requires", "valid_from", "valid_to"],
    )
    connection.register("metrics", metrics)
    connection.execute("create table policy.metrics as select * from metrics")
    connection.unregister("metrics")
