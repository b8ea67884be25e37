"""A year of money of a small invented company, beside `snapshot_factory`.

Its first partners earn and cost; what their types, the company and the bridge come to follows from
them here, so a page that adds up otherwise is found out.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from reconciliation_rows import add_reconciliation

RUNNING, LATEST, BEFORE = date(2026, 11, 1), date(2026, 10, 1), date(2026, 9, 1)
COSTS = ("cogs", "commissions", "support", "mdf", "partner_team", "onboarding", "tooling")
LINES = ("gross", "refunds_credits", *COSTS)
MRR = ("new", "expansion", "contraction", "churned")
CENTS = [
    *(f"{key}_cents" for key in ("gross", "refunds_credits", "net", *COSTS, "allocated")),
    "contribution_margin_cents",
    *(f"{key}_mrr_cents" for key in MRR),
]
_MONEY = ", ".join(f"{column} bigint" for column in CENTS)

MARTS = {
    "fct_partner_margin_monthly": "month date, partner_id varchar, partner_type varchar, "
    f"partner_role varchar, is_subsidised boolean, {_MONEY}, margin_rate decimal(28, 9)",
    "mart_margin_by_partner_type_monthly": f"month date, partner_type varchar, {_MONEY}, "
    "margin_rate decimal(28, 9)",
    "fct_margin_bridge_monthly": "month date, partner_type varchar, line varchar, "
    "position integer, delta_cents bigint",
    "fct_kill_list": "quarter_end date, partner_type varchar, partner_role varchar, "
    "contribution_margin_cents bigint, previous_contribution_margin_cents bigint, "
    "is_all_subsidised boolean, is_listed boolean, reason varchar, partners bigint, "
    "net_cents bigint, negative_quarters integer, largest_cost_line varchar, "
    "largest_cost_cents bigint",
    "fct_tier_economics": "quarter_end date, tier varchar, partners integer, net_cents bigint, "
    "contribution_margin_cents bigint, cost_to_serve_cents bigint, "
    "programme_cost_cents bigint, roi decimal(28, 9)",
    "mart_revenue_review_monthly": "month date, won_cents bigint, sourced_cents bigint, "
    "influenced_cents bigint, billed_cents bigint, collected_cents bigint, net_cents bigint, "
    "contribution_margin_cents bigint, margin_rate decimal(28, 9), opening_mrr_cents bigint, "
    "new_mrr_cents bigint, expansion_mrr_cents bigint, contraction_mrr_cents bigint, "
    "churned_mrr_cents bigint, support_cents bigint, active_partners bigint, "
    "support_cost_per_partner_cents bigint, commissions_cents bigint, payouts_cents bigint, "
    "payouts_due_cents bigint, leak_cents bigint, missing_sources varchar",
    "fct_payout_due": "settlement_id varchar, partner_id varchar, opportunity_id varchar, "
    "kind varchar, currency varchar, payable_on date, due_cents bigint, paid_cents bigint, "
    "outstanding_cents bigint, outstanding_reporting_cents bigint, is_overdue boolean",
    "fct_leakage_check": "finding_id varchar, check_key varchar, partner_id varchar, "
    "account_id varchar, entity_type varchar, entity_id varchar, period date, state varchar, "
    "amount_cents bigint, has_amount boolean, evidence varchar, missing_sources varchar, "
    "first_seen_on date, finding_state varchar, decided_by varchar, decided_at timestamp, "
    "note varchar",
    "fct_unconverted_amount": "entity varchar, entity_id varchar, partner_id varchar, "
    "currency varchar, amount_cents bigint, on_date date, what varchar",
}
DEFINITIONS = {
    "gross_cents": "Lines of kind subscription and usage, spread over their days.",
    "contribution_margin_cents": "Net less all costs that partners cause.",
    "margin_rate": "Contribution margin of net; none where net is not above zero.",
}

EARNERS: tuple[tuple[str, str, str, int, int], ...] = (
    ("P-00001", "platform", "resold", 40_000_000, 3_100_000),
    ("P-00002", "si", "implemented", 61_000_050, 12_800_033),
    ("P-00003", "reseller", "resold", 81_200_017, 3_000_000),
    ("P-00003", "reseller", "referred", 1_200_017, 0),
    ("P-00005", "data_provider", "resold", 12_000_001, 13_900_002),
    ("direct", "direct", "none", 47_000_003, 0),
)
"""Partner, type, role, gross in October and commissions; a tenth less the month before."""


def partner_rows() -> pd.DataFrame:
    """One row per partner, role and month, Sep 2025 to the running month."""
    rows = []
    months = pd.date_range("2025-09-01", RUNNING, freq="MS")
    for age, month in enumerate(reversed(months), start=-1):
        for place, (partner, kind, role, gross, commissions) in enumerate(EARNERS):
            money = dict.fromkeys(CENTS, 0) | {
                "gross_cents": gross - gross * age // 10 if age < 5 else gross // 2 + age * 1_001,
                "refunds_credits_cents": -(gross // 31),
                "cogs_cents": gross // 4,
                "commissions_cents": commissions,
                "support_cents": gross // 23,
                "mdf_cents": 50_000 * place,
                "partner_team_cents": 1_234 * place,
                "tooling_cents": 77,
                "allocated_cents": 1_311 * place,
                "new_mrr_cents": 310_000 * place,
                "expansion_mrr_cents": 100_000,
                "contraction_mrr_cents": 7_001 * place,
                "churned_mrr_cents": 90_000 if partner == "P-00003" else 0,
            }
            money["net_cents"] = money["gross_cents"] + money["refunds_credits_cents"]
            costs = sum(money[f"{key}_cents"] for key in COSTS)
            money["contribution_margin_cents"] = money["net_cents"] - costs
            key = {"partner_id": partner, "partner_type": kind, "partner_role": role}
            rows.append({"month": month.date(), "is_subsidised": False} | key | money)
    return _with_rate(pd.DataFrame(rows))


def _with_rate(rows: pd.DataFrame) -> pd.DataFrame:
    rate = (rows["contribution_margin_cents"] / rows["net_cents"]).round(9)
    return rows.assign(margin_rate=rate.where(rows["net_cents"].gt(0)))


def add_money(
    path: Path, *, is_due: bool = True, missing: str | None = None, **differences: int | None
) -> None:
    """Give a published file its marts of money and its sums (see `reconciliation_rows`).

    Without `is_due` nothing is owed, leaks, loses money or lacks a rate; `missing` are extracts.
    """
    partners = partner_rows()
    types = _with_rate(partners.groupby(["month", "partner_type"], as_index=False)[CENTS].sum())
    months = _months(_with_rate(partners.groupby("month", as_index=False)[CENTS].sum()))
    marts = {
        "fct_partner_margin_monthly": partners,
        "mart_margin_by_partner_type_monthly": types,
        "fct_margin_bridge_monthly": _bridge(types),
        "mart_revenue_review_monthly": months.assign(missing_sources=missing),
        "fct_tier_economics": pd.DataFrame(ECONOMICS),
    }
    exceptions = {
        "fct_kill_list": KILL_LIST,
        "fct_payout_due": DUE,
        "fct_leakage_check": LEAKS,
        "fct_unconverted_amount": UNCONVERTED,
    }
    if is_due:
        marts |= {mart: pd.DataFrame(rows) for mart, rows in exceptions.items()}
    with duckdb.connect(path) as connection:
        for mart, columns in MARTS.items():
            connection.execute(f"create or replace table marts.{mart} ({columns})")
        for mart, rows in marts.items():
            connection.register("rows", rows)
            connection.execute(f"insert into marts.{mart} by name select * from rows")
            connection.unregister("rows")
        connection.execute(
            "create or replace table policy.leakage_checks as select * from (values "
            "('unbilled_usage', 1, 'Usage not billed', 'account_meter_month',"
            " false, 'billing.invoice_lines'), "
            "('over_granted_access', 5, 'Access beyond contract', 'access_grant',"
            " false, 'telemetry.access_grants')"
            ') as rows (check_key, "rank", label, entity_type, is_of_payouts, requires)'
            " cross join (select date '2023-01-01' as valid_from, null::date as valid_to)"
        )
        connection.execute(
            "insert into policy.settings "
            "values ('kill_list_quarters', '2', date '2023-01-01', null)"
        )
        connection.executemany(
            "insert into quality.definitions values ('fct_partner_margin_monthly', ?, ?)",
            list(DEFINITIONS.items()),
        )
    add_reconciliation(path, **differences)


def _months(company: pd.DataFrame) -> pd.DataFrame:
    return company.assign(
        opening_mrr_cents=240_000_000,
        active_partners=4,
        support_cost_per_partner_cents=(company["support_cents"] / 4).round().astype(int),
    )[
        [
            *("month", "net_cents", "contribution_margin_cents", "margin_rate"),
            *("opening_mrr_cents", *(f"{key}_mrr_cents" for key in MRR)),
            *("support_cents", "active_partners", "support_cost_per_partner_cents"),
            "commissions_cents",
        ]
    ]


def _bridge(types: pd.DataFrame) -> pd.DataFrame:
    whole = types.groupby("month", as_index=False)[CENTS].sum().assign(partner_type="company")
    parts = []
    for kind, rows in pd.concat([types, whole]).groupby("partner_type"):
        by_month = rows.set_index("month").sort_index()
        for position, line in enumerate(LINES, start=1):
            sign = -1 if line in COSTS else 1
            moved = (sign * by_month[f"{line}_cents"]).diff().dropna().astype(int)
            parts.append(
                pd.DataFrame(
                    {
                        "month": moved.index,
                        "partner_type": kind,
                        "line": line,
                        "position": position,
                        "delta_cents": moved.to_numpy(),
                    }
                )
            )
    return pd.concat(parts)


def _motion(kind: str, role: str, now: int, before: int | None, **more: Any) -> dict[str, Any]:
    return {
        "quarter_end": date(2026, 9, 30),
        "partner_type": kind,
        "partner_role": role,
        "contribution_margin_cents": now,
        "previous_contribution_margin_cents": before,
        "is_all_subsidised": False,
        "is_listed": False,
        "reason": "negative_not_long_enough" if now < 0 else "not_negative",
        "negative_quarters": int(now < 0),
        "partners": 4,
        "net_cents": 10_000_000,
        "largest_cost_line": "commissions",
        "largest_cost_cents": 5_050_000,
    } | more


KILL_LIST = [
    _motion("data_provider", "resold", -5_170_000, -3_820_000, is_listed=True, reason="negative"),
    _motion("oem", "referred", -290_000, -410_000, is_all_subsidised=True, net_cents=0)
    | {"reason": "subsidised"},
    _motion("si", "implemented", -120_000, None),
    _motion("reseller", "resold", 81_000_000, 79_000_000),
    _motion("oem", "resold", -9_990_000, -9_990_000, is_listed=True)
    | {"quarter_end": date(2026, 6, 30)},
]


ECONOMICS = [
    {
        "quarter_end": date(2026, 9, 30),
        "tier": tier,
        "partners": partners,
        "net_cents": net,
        "contribution_margin_cents": net // 2 - 1_000_000,
        "cost_to_serve_cents": 600_000,
        "programme_cost_cents": 400_000,
        "roi": net / 2_000_000 - 1,
    }
    for tier, partners, net in (("gold", 2, 90_000_000), ("platinum", 1, 7), ("silver", 3, 0))
]


def _owed(partner: str, day: date, cents: int, *, is_overdue: bool, **more: Any) -> dict[str, Any]:
    return {
        "settlement_id": f"S-{partner}-{day}",
        "partner_id": partner,
        "opportunity_id": "=O-1",
        "kind": "commission",
        "currency": "USD",
        "payable_on": day,
        "due_cents": cents + 100,
        "paid_cents": 100,
        "outstanding_cents": cents,
        "outstanding_reporting_cents": cents,
        "is_overdue": is_overdue,
    } | more


DUE = [
    _owed("P-00002", date(2026, 10, 30), 1_824_000, is_overdue=True),
    _owed("P-00002", date(2026, 12, 1), 90_000, is_overdue=False),
    _owed("P-00003", date(2026, 11, 1), 50_050, is_overdue=True),
    _owed("P-00003", date(2027, 3, 1), 700_000, is_overdue=False),
    _owed("P-00003", date(2026, 12, 1), 40_000, is_overdue=False)
    | {"currency": "XTS", "outstanding_reporting_cents": None},
    _owed("P-00001", date(2026, 12, 1), 0, is_overdue=False),
    _owed("P-00003", date(2026, 10, 1), -10_000, is_overdue=True),
]


def _leak(key: str, check: str, cents: int, seen: date, **more: Any) -> dict[str, Any]:
    return {
        "finding_id": key,
        "check_key": check,
        "partner_id": "P-00003",
        "entity_type": "account_meter_month",
        "entity_id": f"A-1|calls|{key}",
        "state": "leak",
        "amount_cents": cents,
        "has_amount": cents > 0,
        "evidence": "12,000 units metered, 10,000 included, none billed.",
        "first_seen_on": seen,
    } | more


LEAKS = [
    _leak("f1", "unbilled_usage", 4_790_012, date(2026, 11, 3)),
    _leak("f2", "unbilled_usage", 12_000, date(2026, 8, 3), finding_state="acknowledged"),
    _leak("f3", "over_granted_access", 0, date(2026, 11, 9), partner_id="direct"),
    _leak("f4", "unbilled_usage", 99_999_999, date(2026, 8, 3), finding_state="resolved"),
    _leak("f5", "unbilled_usage", 0, date(2026, 8, 3), state="clear"),
]
UNCONVERTED = [
    {
        "entity": "invoice_lines",
        "entity_id": f"=L-{number}",
        "partner_id": "P-00003",
        "currency": "XTS",
        "amount_cents": 5_000 * number,
        "on_date": date(2026, 3, number),
        "what": "no rate",
    }
    for number in (1, 2)
]
