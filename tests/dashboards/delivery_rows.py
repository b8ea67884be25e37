"""What integrators of a small invented company deliver, beside `snapshot_factory`: a case of each.

The first partners of the company are integrators, one to a case.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from partner_rows import MARTS

WEEK, WEEK_END = date(2026, 11, 9), date(2026, 11, 16)
SOUND, IN_TRAINING, ON_PROBATION, IN_REVIEW, FALLING, NEW = (
    f"P-{number:05d}" for number in range(1, 7)
)
SCORES: dict[str, float | None] = {
    SOUND: 92.999,
    IN_TRAINING: 61.0,
    ON_PROBATION: 55.0,
    IN_REVIEW: 31.5,
    FALLING: 58.25,
    NEW: None,
}
RUNGS = {
    IN_TRAINING: ("training", "below 60", date(2026, 9, 30)),
    ON_PROBATION: ("probation", "below 60 for 2 quarters in a row", date(2026, 6, 30)),
    IN_REVIEW: ("offboarding_review", "below 40 for 2 quarters in a row", date(2026, 9, 30)),
}


def add_delivery(path: Path, *, has_projects: bool = True) -> None:
    """Give a published file the marts and policy of the delivery page."""
    with duckdb.connect(path) as connection:
        for mart in ("dim_partner", "fct_si_quality", "fct_remediation", "fct_project"):
            connection.execute(f"create or replace table marts.{mart} ({MARTS[mart]})")
        connection.execute(
            """
            alter table marts.fct_remediation add column if not exists on_rung_since date;
            alter table policy.metrics add column minimum_sample integer;
            insert into policy.metrics by name
            select 'si_quality' as metric_key, 'SI quality' as label, 3 as minimum_sample,
                'crm.implementations' as requires, date '2023-01-01' as valid_from;
            create table policy.si_quality_components as
            select *, date '2023-01-01' as valid_from, null::date as valid_to
            from (values
                ('churn', 'Churned accounts', 25, 0.03, 0.15, 1, 'billing.subscriptions'),
                ('nps', 'Project NPS', 20, 60, 0, 3, 'crm.surveys crm.surveys.project_id'),
                ('rollout', 'Actual ÷ planned days', 20, 1, 1.75, 1, 'crm.implementations')
            ) as rows (component, label, weight, full_at, zero_at, minimum_sample, requires);
            create table policy.scorecard_figures as
            select *, date '2023-01-01' as valid_from, null::date as valid_to
            from (values
                ('health_logins', 'crm.enablement_activity'), ('installs', 'telemetry.installs')
            ) as rows (figure, requires);
            create table policy.remediation_ladder as
            select *, date '2023-01-01' as valid_from, null::date as valid_to
            from (values
                ('training', 1, 60, 1), ('probation', 2, 60, 2), ('offboarding_review', 3, 40, 2)
            ) as rows (rung, "rank", score_below, quarters_in_a_row);
            insert into marts.dim_partner by name
            select distinct partner_id, partner_name, partner_type, partner_manager
            from marts.mart_scorecard_weekly
            """
        )
        connection.execute(
            "insert into quality.entities by name "
            "select 'crm' as system, 'implementations' as entity, $there as is_present",
            {"there": has_projects},
        )
        if has_projects:
            for mart, rows in _rows().items():
                connection.register("rows", pd.DataFrame(rows))
                connection.execute(f"insert into marts.{mart} by name select * from rows")
                connection.unregister("rows")


def _rows() -> dict[str, list[dict[str, Any]]]:
    quarter = {
        "period_kind": "quarter",
        "period_start": date(2026, 7, 1),
        "period_end": date(2026, 10, 1),
    }
    week = {"period_kind": "week", "period_start": WEEK, "period_end": WEEK_END}
    return {
        "fct_si_quality": [
            period | _quality(partner, score)
            for partner, score in SCORES.items()
            for period in (week, quarter)
        ],
        "fct_remediation": [
            {
                "partner_id": partner,
                "quarter_end": date(2026, 9, 30),
                "rung": rung,
                "reason": reason,
                "on_rung_since": since,
                "si_quality_score": SCORES[partner],
            }
            for partner in SCORES
            for rung, reason, since in [RUNGS.get(partner, ("none", "", None))]
        ],
        "fct_project": [
            {
                "project_id": f"J-{days}",
                "partner_id": partner,
                "account_id": "A-1",
                "kicked_off_on": date(2026, 3, 1),
                "planned_go_live_on": date(2026, 10, 1),
                "days_late": days,
                "is_late": is_late,
                "is_live": not is_late,
            }
            for partner, days, is_late in (
                (IN_REVIEW, 12, True),
                (SOUND, 45, True),
                (SOUND, 3, False),
            )
        ],
    }


def _quality(partner: str, score: float | None) -> dict[str, Any]:
    return {
        "partner_id": partner,
        "churn_rate": 0.02,
        "churn_score": 100.0,
        "customer_nps": None if score is None else -10.0,
        "nps_score": None if score is None else 0.0,
        "rollout_ratio": 1.25,
        "rollout_score": 66.666666667,
        "si_quality_score": score,
        "status": "too_few" if score is None else "measured",
        "live_projects": 2 if score is None else 8,
    }
