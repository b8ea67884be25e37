"""The models of commission against the rules told once more in plain Python, cell by cell."""

import csv
import shutil
from fractions import Fraction
from itertools import product
from pathlib import Path

import duckdb
import pytest
from commission_books import AS_OF, Books, books, pay, raw_rows
from commission_oracle import Ledger, Programme, part
from rebuilding import build_alike
from scored_company import load

from warehouse.settings import DEFAULT_POLICY

WANTED = ("fct_payout_reconciliation", "fct_payout_due", "fct_tier_cost")
ANOTHER = Programme(
    reporting="EUR",
    year_starts=4,
    holdback=45,
    influenced=part("0.333333333"),
    banded_type="si",
    bands=[
        (0, 100_000, part("0.2")),
        (100_000, 250_000, part("0.25")),
        (250_000, None, part("0.3")),
    ],
    rebates=((10_000, 90_000, part("0.015")), (90_000, None, None)),
)
"""Bands, another fiscal year and reporting currency, other shares."""
PROGRAMMES = {"the default programme": Programme(), "another programme": ANOTHER}
SEEDS = (20261121, 20261122, 20261123)


def another_policy(folder: Path) -> Path:
    """The default policy as a folder, with what ANOTHER changes."""
    policy = folder / "policy"
    shutil.copytree(DEFAULT_POLICY, policy)

    def rewrite(table: str, change) -> None:
        path = policy / f"{table}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
            names = list(rows[0]) if rows else path.read_text("utf-8").strip().split(",")
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(change(rows))

    settings = {
        "reporting_currency": ANOTHER.reporting,
        "fiscal_year_start_month": str(ANOTHER.year_starts),
        "holdback_days": str(ANOTHER.holdback),
        "influenced_rate_share": "0.333333333",
    }
    rewrite(
        "settings",
        lambda rows: [row | {"value": settings.get(row["setting"], row["value"])} for row in rows],
    )

    def banded(partner_type: str, bands) -> list[dict]:
        return [
            {
                "partner_type": partner_type,
                "lower_bound": lower,
                "upper_bound": upper,
                "rate": None if rate is None else float(rate),
                "valid_from": "2000-01-01",
            }
            for lower, upper, rate in bands
        ]

    rewrite("commission_bands", lambda _: banded("si", ANOTHER.bands))
    rewrite("volume_rebates", lambda _: banded("reseller", ANOTHER.rebates))
    return policy


def recorded(seed: int) -> Books:
    """Random books with payouts that settle them rightly and not."""
    made = books(seed)
    owed: dict = {}
    for row in Ledger(made, Programme()).accruals:
        if row.settlement and row.amount:
            key = (row.partner_id, row.deal, row.family, row.currency)
            owed[key] = owed.get(key, 0) + row.amount
    pay(made, [(*key, amount) for key, amount in owed.items()], seed)
    return made


@pytest.fixture(scope="module", params=product(SEEDS, PROGRAMMES), ids=str)
def judged(request, scored, tmp_path_factory):
    """The ledger by the oracle and a connection to what was built, under each programme."""
    seed, rules = request.param
    made = recorded(seed)
    folder = tmp_path_factory.mktemp("commission")
    path = folder / scored.name
    load(path, raw_rows(made), AS_OF)
    policy = another_policy(folder) if rules == "another programme" else None
    build_alike(scored, path, wanted=WANTED, policy_folder=policy)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield Ledger(made, PROGRAMMES[rules]), connection


def test_every_accrual_is_what_the_rules_say(judged):
    ledger, connection = judged
    rows = connection.execute(
        """
        select accrual_id, partner_id, opportunity_id, subscription_id, kind, settlement_id,
            currency, base_cents, rate, amount_cents, amount_reporting_cents, accrued_on,
            payable_on, rate_source, reverses
        from marts.fct_commission_accrual
        """
    ).fetchall()
    built = {row[0]: (*row[1:8], row[8] and Fraction(row[8]), *row[9:]) for row in rows}
    expected = {
        row.accrual_id: (
            row.partner_id,
            row.deal,
            row.subscription,
            row.kind,
            row.settlement,
            row.currency,
            row.base,
            row.rate,
            row.amount,
            row.reported,
            row.accrued_on,
            row.payable_on,
            row.source,
            row.reverses,
        )
        for row in ledger.accruals
    }
    assert len(rows) == len(ledger.accruals)
    assert built == expected


def test_every_settlement_is_over_or_underpaid_by_what_the_rules_say(judged):
    ledger, connection = judged
    rows = connection.execute(
        """
        select settlement_id, has_accrual, accrued_cents, clawback_cents, due_cents, paid_cents,
            disputed_cents, underpaid_cents, overpaid_cents, clawback_outstanding_cents
        from money.int_commission__settlements
        """
    ).fetchall()
    assert {row[0]: row[1:] for row in rows} == ledger.settlements()


def test_what_is_owed_is_known_by_the_day_it_is_payable(judged):
    ledger, connection = judged
    rows = connection.execute(
        "select settlement_id, payable_on, outstanding_cents from marts.fct_payout_due"
    ).fetchall()
    assert {row[:2]: row[2] for row in rows} == ledger.outstanding()


def test_the_months_of_a_partner_add_up_to_its_settlements(judged):
    ledger, connection = judged
    built = connection.execute(
        """
        select sum(paid_cents), sum(underpaid_cents), sum(disputed_cents),
            sum(overpaid_cents + paid_without_accrual_cents),
            sum(accrued_cents)
        from marts.fct_payout_reconciliation
        """
    ).fetchone()
    settlements = ledger.settlements().values()
    assert built == (
        sum(each[4] for each in settlements),
        sum(each[6] for each in settlements),
        sum(each[5] for each in settlements),
        sum(each[7] for each in settlements),
        sum(row.amount or 0 for row in ledger.accruals if row.settlement),
    )


def test_every_tier_costs_what_its_rates_make_of_a_years_volume(judged):
    ledger, connection = judged
    rows = connection.execute(
        "select partner_id, quarter_end, tier, cost_cents from marts.fct_tier_cost"
    ).fetchall()
    assert {row[:3]: row[3] for row in rows} == ledger.tier_costs()


def test_the_books_hold_every_kind_reason_and_state(judged):
    _, connection = judged
    counts = connection.execute(
        """
        select
            count(distinct kind),
            count(distinct currency),
            count(distinct regexp_extract(explanation, 'cancelled|fraud|downgraded')),
            bool_or(is_custom),
            bool_or(amount_cents < 0 and kind <> 'clawback'),
            bool_or(amount_cents is null and not is_custom),
            bool_or(amount_reporting_cents is null and amount_cents is not null)
        from marts.fct_commission_accrual
        """
    ).fetchone()
    assert counts == (8 if "banded" in kinds(connection) else 7, 5, 4, True, True, True, True)
    states = connection.execute(
        """
        select bool_or(overpaid_cents > 0), bool_or(underpaid_cents > 0),
            bool_or(clawback_outstanding_cents > 0), bool_or(not has_accrual), bool_or(is_unknown)
        from money.int_commission__settlements
        """
    ).fetchone()
    assert states == (True,) * 5


def kinds(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Kinds of accrual that were built."""
    return {
        kind
        for (kind,) in connection.execute(
            "select distinct kind from marts.fct_commission_accrual"
        ).fetchall()
    }
