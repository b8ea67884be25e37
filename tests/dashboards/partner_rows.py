"""The marts of a partner's page over an invented company, beside `snapshot_factory`.

The first partners each have a story: Meridian waits for a promotion, Newcomer has three weeks, Gap
lacks extracts. The policy is the default one, read from its files.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from snapshot_factory import LAST_WEEK

import seeds

POLICY = Path(seeds.__file__).parent / "policy"
MERIDIAN, NEWCOMER, GAP = "P-00001", "P-00002", "P-00003"
END = LAST_WEEK + timedelta(days=7)
THEN = LAST_WEEK - timedelta(weeks=13)
QUARTER = (date(2026, 7, 1), date(2026, 10, 1))
QUARTER_END = date(2026, 9, 30)

# metric: value now, 13 weeks ago, numerator, denominator, sample, status, rubric score
MEASURES: dict[str, tuple[Any, ...]] = {
    "sourced_arr": (612_000, 405_000, 612_000, None, 9, "measured", 5),
    "influenced_arr": (1_420_000, 1_100_000, 1_420_000, None, 14, "measured", 5),
    "open_pipeline": (731_000, 520_000, 731_000, None, 11, "measured", 4),
    "win_rate": (0.4, 0.39, 4, 10, 10, "measured", 4),
    "activation_rate": (0.74, 0.61, 37, 50, 50, "measured", 4),
    "security_questionnaire": (87, 86, 87, None, 1, "measured", 4),
    "mfa_enforced": (1, 1, 1, None, 1, "measured", 5),
    "critical_findings": (1, 1, 1, None, 1, "measured", 3),
    "incident_notice": (None, None, 0, 0, 0, "no_events", None),
    "excess_access": (0.039, 0.045, 4, 102, 102, "measured", 3),
    "first_response": (0.921, 0.91, 35, 38, 38, "measured", 4),
    "reopen_rate": (0.104, 0.08, 5, 48, 48, "measured", 3),
    "csat": (None, None, 2, 3, 3, "too_few", None),
    "certification_currency": (0.8, 0.9, 16, 20, 20, "measured", 3),
    "customer_retention": (None, None, None, None, None, "not_applicable", None),
    "customer_nps": (None, None, None, None, None, "not_applicable", None),
    "incident_rate": (None, None, None, None, None, "not_applicable", None),
    "pipeline_created": (2_310_000, 1_900_000, 2_310_000, None, 30, "measured", None),
    "converted_referrals": (31, 22, 31, None, 31, "measured", None),
    "certified_people": (6, 6, 6, None, 6, "measured", None),
    "active_contract": (1, 1, 1, None, 1, "measured", None),
}
CRITERIA = {
    "revenue_influence": (4.5, 4.25, 0.3),
    "delivery_quality": (4.0, 3.5, 0.4),
    "security_posture": (3.75, 3.75, 0.15),
    "support_maturity": (3.333333333, 3.666666667, 0.15),
}
GATES = (
    ("weighted_score", "score", 4.0, 4.03, True, 0.03),
    ("every_criterion", "criteria", 3.0, 3.333333333, True, 0.333333333),
    ("sourced_arr", "performance", 500_000, 612_000, True, 112_000),
    ("converted_referrals", "performance", 50, 31, False, -19),
    ("pipeline_created", "pipeline", 2_000_000, 2_310_000, True, 310_000),
    ("certified_people", "people", 8, 6, False, -2),
    ("active_contract", "contract", 1, 1, True, 0),
)
BRIDGE = (
    ("revenue_influence", 0.075, 0, 0),
    ("delivery_quality", 0.2, 0.05, 0),
    ("security_posture", 0, 0, 0.015),
    ("support_maturity", -0.03, 0, 0),
)
EVIDENCE = [
    (f"O-{i:03d}", 68_000.0, datetime(2026, 1 + i, 3), datetime(2027, 1 + i, 3)) for i in range(9)
]

_PERIOD = "partner_id varchar, period_kind varchar, period_start date, period_end date"
MARTS = {
    "dim_partner": "partner_id varchar, partner_name varchar, partner_type varchar, "
    "archetype varchar, status varchar, region varchar, country varchar, "
    "partner_manager varchar, signed_on date, current_tier varchar",
    "fct_criterion_score": f"{_PERIOD}, criterion varchar, score decimal(28, 9), "
    "weight decimal(28, 9), effective_weight decimal(28, 9), coverage decimal(28, 9), "
    "contribution decimal(28, 9)",
    "fct_tier_gate": f"{_PERIOD}, tier varchar, gate varchar, gate_group varchar, "
    "comparison varchar, required decimal(28, 9), actual decimal(28, 9), is_met boolean, "
    "gap decimal(28, 9), status varchar",
    "fct_tier_recommendation": "recommendation_id varchar, partner_id varchar, "
    "quarter_end date, action varchar, current_tier varchar, qualified_tier varchar, "
    "previous_qualified_tier varchar, recommended_tier varchar, reason varchar, "
    "sentences varchar, restated_action varchar, robustness decimal(28, 9), "
    "weight_sets_kept integer, weight_sets integer, concentration decimal(28, 9), "
    "largest_account_id varchar, coverage decimal(28, 9), cost_delta_cents bigint, "
    "demotion_risk_on date, demotion_risk varchar, cheapest_path varchar, path_length integer",
    "fct_tier_path": "partner_id varchar, quarter_end date, tier varchar, step_number integer, "
    "kind varchar, key varchar, from_value decimal(28, 9), to_value decimal(28, 9), "
    "from_score decimal(28, 9), to_score decimal(28, 9), sentence varchar",
    "fct_score_bridge": "partner_id varchar, period_end date, criterion varchar, "
    "performance decimal(28, 9), rules decimal(28, 9), weight decimal(28, 9)",
    "fct_partner_health": f"{_PERIOD}, revenue_points integer, activity_points integer, "
    "engagement_points integer, satisfaction_points integer, strategic_fit_points integer, "
    "points_available integer, health_score integer, health_band varchar, status varchar, "
    "revenue_basis varchar, revenue_now_cents bigint, revenue_before_cents bigint, "
    "revenue_growth decimal(28, 9), registrations bigint, weeks_with_login integer, "
    "spans_with_login integer, partner_nps decimal(28, 9), partner_answers bigint, "
    "strategic_fit varchar",
    "fct_si_quality": f"{_PERIOD}, churn_rate decimal(28, 9), customer_nps decimal(28, 9), "
    "rollout_ratio decimal(28, 9), tickets_per_account decimal(28, 9), "
    "incidents_per_project_year decimal(28, 9), churn_score decimal(28, 9), "
    "nps_score decimal(28, 9), rollout_score decimal(28, 9), tickets_score decimal(28, 9), "
    "incidents_score decimal(28, 9), si_quality_score decimal(28, 9), status varchar, "
    "live_projects bigint, days_to_first_value decimal(28, 9), rework_share decimal(28, 9), "
    "blocker_days decimal(28, 9), qa_gate_pass_rate decimal(28, 9), "
    "milestones_met_share decimal(28, 9)",
    "fct_remediation": "partner_id varchar, quarter_end date, rung varchar, on_rung_since date, "
    "reason varchar, si_quality_score decimal(28, 9)",
    "fct_project": "project_id varchar, partner_id varchar, account_id varchar, "
    "kicked_off_on date, planned_go_live_on date, went_live_on date, status varchar, "
    "days_late integer, is_late boolean, is_live boolean",
    "fct_tier_history": "partner_id varchar, tier varchar, from_on date, until_on date, "
    "decision_id bigint, decided_by varchar, decided_at timestamp, note varchar",
    "fct_retention_cohort": "partner_id varchar, cohort_quarter date, months integer, "
    "accounts bigint, active_accounts bigint, active_share decimal(28, 9), due_on date",
    "fct_partner_term": "partner_id varchar, kind varchar, item_id varchar, subject varchar, "
    "holder_id varchar, from_on date, until_on date, is_renewing boolean, is_current boolean, "
    "is_excess boolean",
    "fct_metric_evidence": "metric_key varchar, partner_id varchar, entity varchar, "
    "entity_id varchar, happened_at timestamp, counted_from timestamp, counted_until timestamp, "
    "contribution decimal(28, 9), denominator_contribution decimal(28, 9), amount_cents bigint",
}


def add_partner_marts(path: Path, *, without: tuple[str, ...] = ()) -> None:
    """Give a published file the marts of the partner page, as of its latest week, but for some."""
    with duckdb.connect(path) as connection:
        _write_policy(connection)
        for mart, columns in MARTS.items():
            if mart not in without:
                connection.execute(f"create or replace table marts.{mart} ({columns})")
        connection.execute(
            """
            insert into marts.dim_partner by name
            select distinct
                partner_id, partner_name, partner_type, archetype, partner_manager, current_tier,
                'active' as status, 'EMEA' as region, 'Germany' as country,
                date '2023-03-01' as signed_on
            from marts.mart_scorecard_weekly
            """
        )
        connection.execute("delete from marts.fct_partner_metric")
        _tell_of_the_first(connection)
        for mart, rows in _rows().items():
            if mart in without:
                continue
            connection.register("rows", pd.DataFrame(rows))
            connection.execute(f"insert into marts.{mart} by name select * from rows")
            connection.unregister("rows")


def _write_policy(connection: duckdb.DuckDBPyConnection) -> None:
    for file in sorted(POLICY.glob("*.csv")):
        if file.stem not in {"settings", "tiers"}:
            connection.execute(
                f"create or replace table policy.{file.stem} as "
                f"select * replace (valid_to::date as valid_to) from read_csv('{file}')"
            )
    connection.execute(
        "insert into policy.settings values ('score_maximum', '5', date '2000-01-01', null)"
    )


def _tell_of_the_first(connection: duckdb.DuckDBPyConnection) -> None:
    """The scorecards of the three partners with a story."""
    connection.execute(
        f"""
        update marts.mart_scorecard_weekly
        set current_tier = 'gold', partner_type = 'si', archetype = 'si',
            weighted_score = 4.03 - date_diff('week', period_start, date '{LAST_WEEK}') * 0.31 / 13,
            weighted_score_13_weeks_ago = 3.72, coverage = 1, is_below_coverage_floor = false
        where partner_id = '{MERIDIAN}';
        update marts.dim_partner
        set current_tier = 'gold', partner_type = 'si', archetype = 'si'
        where partner_id = '{MERIDIAN}';
        delete from marts.mart_scorecard_weekly
        where partner_id = '{NEWCOMER}' and period_start < date '{LAST_WEEK}' - 14;
        update marts.mart_scorecard_weekly
        set weighted_score_13_weeks_ago = null, score_change_13w = null
        where partner_id = '{NEWCOMER}';
        """
    )


def _week(partner: str, start: date = LAST_WEEK) -> dict[str, Any]:
    return {
        "partner_id": partner,
        "period_kind": "week",
        "period_start": start,
        "period_end": start + timedelta(days=7),
    }


def _metric(partner: str, key: str, start: date, *, is_then: bool) -> dict[str, Any]:
    now, then, numerator, denominator, sample, status, score = MEASURES[key]
    return _week(partner, start) | {
        "metric_key": key,
        "value": then if is_then else now,
        "numerator": numerator,
        "denominator": denominator,
        "sample_size": sample,
        "status": status,
        "is_stale": key == "first_response",
        "rubric_score": score,
    }


def _absent(partner: str, key: str) -> dict[str, Any]:
    return _metric(partner, key, LAST_WEEK, is_then=False) | {
        "value": None,
        "numerator": None,
        "denominator": None,
        "sample_size": None,
        "rubric_score": None,
        "status": "source_missing",
    }


def _rows() -> dict[str, list[dict[str, Any]]]:
    metrics = [_metric(MERIDIAN, key, LAST_WEEK, is_then=False) for key in MEASURES]
    metrics += [_metric(MERIDIAN, key, THEN, is_then=True) for key in MEASURES]
    metrics += [
        row | {"period_kind": "quarter", "period_start": QUARTER[0], "period_end": QUARTER[1]}
        for row in metrics[: len(MEASURES)]
    ]
    metrics += [_metric(NEWCOMER, key, LAST_WEEK, is_then=False) for key in MEASURES]
    metrics += [_absent(GAP, key) for key in MEASURES]
    no_assessment = {"value": None, "numerator": None, "status": "measured", "rubric_score": 0}
    for row in metrics:
        if row["partner_id"] == GAP and row["metric_key"] == "critical_findings":
            row.update(no_assessment)
    criteria = [
        _week(partner, start)
        | {
            "criterion": criterion,
            "score": None if partner == GAP else (then if start == THEN else now),
            "weight": weight,
            "effective_weight": weight,
        }
        for partner in (MERIDIAN, NEWCOMER, GAP)
        for start in (LAST_WEEK, *((THEN,) if partner == MERIDIAN else ()))
        for criterion, (now, then, weight) in CRITERIA.items()
    ]
    gates = [
        _week(partner)
        | {
            "tier": "platinum",
            "gate": gate,
            "gate_group": group,
            "comparison": "at_least",
            "required": required,
            "actual": None if partner == GAP else actual,
            "is_met": None if partner == GAP else is_met,
            "gap": None if partner == GAP else gap,
            "status": "source_missing" if partner == GAP else "measured",
        }
        for partner in (MERIDIAN, GAP)
        for gate, group, required, actual, is_met, gap in GATES
    ]
    return {
        "fct_partner_metric": metrics,
        "fct_criterion_score": criteria,
        "fct_tier_gate": gates,
        "fct_score_bridge": [
            {
                "partner_id": MERIDIAN,
                "period_end": END,
                "criterion": criterion,
                "performance": performance,
                "rules": rules,
                "weight": weight,
            }
            for criterion, performance, rules, weight in BRIDGE
        ],
        "fct_metric_evidence": [
            {
                "metric_key": "sourced_arr",
                "partner_id": MERIDIAN,
                "entity": "crm.opportunities",
                "entity_id": entity_id,
                "happened_at": happened_at,
                "counted_from": happened_at,
                "counted_until": until,
                "contribution": amount,
                "amount_cents": int(amount * 100),
            }
            for entity_id, amount, happened_at, until in EVIDENCE
        ],
        **_standing(),
    }


def _terms() -> list[dict[str, Any]]:
    """Two certificates that lapse before the year's end, one that has, and papers of each kind."""
    terms = (
        ("certificate", "CERT-1", "technical", "Per-1", date(2027, 1, 1), False, True, None),
        ("certificate", "CERT-2", "sales", "Per-1", date(2026, 12, 1), False, True, None),
        ("certificate", "CERT-3", "sales", "Per-2", date(2026, 12, 31), False, True, None),
        ("certificate", "CERT-4", "sales", "Per-3", date(2026, 3, 1), False, False, None),
        ("contract", "CTR-1", "reseller", None, date(2026, 12, 1), True, True, None),
        ("contract", "CTR-2", "referral", None, date(2026, 11, 30), False, True, None),
        ("assessment", "SEC-1", None, None, None, False, True, None),
        ("grant", "GR-1", "read", "A-1", None, False, True, False),
        ("grant", "GR-2", "write", "A-2", None, False, True, True),
    )
    return [
        {
            "partner_id": MERIDIAN,
            "kind": kind,
            "item_id": item_id,
            "subject": subject,
            "holder_id": holder,
            "from_on": date(2025, 12, 1),
            "until_on": until,
            "is_renewing": is_renewing,
            "is_current": is_current,
            "is_excess": is_excess,
        }
        for kind, item_id, subject, holder, until, is_renewing, is_current, is_excess in terms
    ]


def _standing() -> dict[str, list[dict[str, Any]]]:
    recommended = {
        "recommendation_id": f"{MERIDIAN}@{QUARTER_END}",
        "partner_id": MERIDIAN,
        "quarter_end": QUARTER_END,
        "action": "promote",
        "current_tier": "gold",
        "qualified_tier": "platinum",
        "previous_qualified_tier": "platinum",
        "recommended_tier": "platinum",
        "reason": "qualified_twice",
        "sentences": "All gates of Platinum held on 30 Jun and 30 Sep.\nScore 4.03, needs 4.00.",
        "robustness": 0.91,
        "demotion_risk_on": date(2026, 12, 31),
        "demotion_risk": "2 certificates expire; people 6 → 4, needs 5.",
        "cheapest_path": "2 steps to Platinum.",
        "path_length": 2,
    }
    warned = recommended | {
        "recommendation_id": f"{MERIDIAN}@2026-06-30",
        "quarter_end": date(2026, 6, 30),
        "action": "hold",
        "recommended_tier": "gold",
        "reason": "in_place",
        "sentences": "Gold as it is.",
        "restated_action": "warn",
    }
    health = {
        "revenue_points": 30,
        "activity_points": 20,
        "engagement_points": 15,
        "satisfaction_points": 10,
        "strategic_fit_points": 10,
        "points_available": 100,
        "health_score": 85,
        "health_band": "Champion",
        "status": "measured",
        "revenue_basis": "influenced",
        "revenue_now_cents": 12_400_000,
        "revenue_before_cents": 10_000_000,
        "revenue_growth": 0.24,
        "registrations": 4,
        "weeks_with_login": 8,
        "spans_with_login": 3,
        "partner_nps": 42,
        "partner_answers": 7,
        "strategic_fit": "strong",
    }
    nothing = dict.fromkeys(health) | {
        "points_available": 10,
        "strategic_fit_points": 10,
        "strategic_fit": "strong",
        "status": "too_few",
    }
    quality = {
        "churn_rate": 0.05,
        "customer_nps": 44,
        "rollout_ratio": 1.12,
        "tickets_per_account": 0.9,
        "incidents_per_project_year": 0.1,
        "churn_score": 83.333333333,
        "nps_score": 73.333333333,
        "rollout_score": 84,
        "tickets_score": 84,
        "incidents_score": 90,
        "si_quality_score": 78.4,
        "status": "measured",
        "live_projects": 14,
        "days_to_first_value": 41,
        "rework_share": 0.06,
        "blocker_days": 12,
        "qa_gate_pass_rate": 0.93,
        "milestones_met_share": 0.88,
    }
    in_quarter = {"period_kind": "quarter", "period_start": QUARTER[0], "period_end": QUARTER[1]}
    return {
        "fct_tier_recommendation": [recommended, warned],
        "fct_tier_path": [
            {
                "partner_id": MERIDIAN,
                "quarter_end": QUARTER_END,
                "tier": "platinum",
                "step_number": number,
                "kind": "gate_gap",
                "key": "certified_people",
                "sentence": sentence,
            }
            for number, sentence in enumerate(
                ("Certify 2 more people.", "Close 1 critical finding."), start=1
            )
        ],
        "fct_partner_health": [
            _week(MERIDIAN) | health,
            _week(MERIDIAN, THEN) | health | {"health_score": 78},
            _week(MERIDIAN) | health | in_quarter | {"health_score": 61},
            _week(GAP) | nothing,
        ],
        "fct_si_quality": [
            _week(MERIDIAN) | quality,
            _week(MERIDIAN, THEN) | quality | {"si_quality_score": 76.3},
        ],
        "fct_remediation": [
            {
                "partner_id": MERIDIAN,
                "quarter_end": QUARTER_END,
                "rung": "none",
                "reason": "78.4 is above 60",
                "si_quality_score": 78.4,
            }
        ],
        "fct_project": [
            {
                "project_id": f"PRJ-{number}",
                "partner_id": MERIDIAN,
                "account_id": f"A-{number}",
                "kicked_off_on": date(2026, 3, 2),
                "planned_go_live_on": date(2026, 10, 1),
                "went_live_on": None if number == 1 else date(2026, 9, 28),
                "status": "in_progress" if number == 1 else "live",
                "days_late": 45 if number == 1 else 0,
                "is_late": number == 1,
                "is_live": number != 1,
            }
            for number in (1, 2)
        ],
        "fct_partner_term": _terms(),
        "fct_tier_history": [
            {
                "partner_id": MERIDIAN,
                "tier": "gold",
                "from_on": date(2026, 1, 12),
                "decision_id": 4,
                "decided_by": "Ruth Adeyemi",
                "decided_at": datetime(2026, 1, 10, 9, 30),
                "note": "Two strong quarters.",
            },
            {
                "partner_id": MERIDIAN,
                "tier": "silver",
                "from_on": date(2023, 3, 1),
                "until_on": date(2026, 1, 12),
            },
        ],
    }
