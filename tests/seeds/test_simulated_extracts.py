"""The simulated company as landed: sound but for what was planted, up to its day, believable."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from seeds.simulate import names
from seeds.simulate.company import Company, Scale
from seeds.simulate.draws import NEVER
from seeds.simulate.verses import VERSES
from seeds.simulate.verses.deals import NONE, PARTICIPATING, VALID
from warehouse.contracts import load_contracts

WORDS_OF_REASON = {
    "missing_required": "is missing",
    "unparsable": "is not a",
    "not_allowed": "is not one of",
    "date_order": "is before",
    "out_of_range": "is above",
}
EXPECTED_LATER = {"expected_close_on", "expires_on", "ends_on", "due_on", "period_end"}
EXPECTED_LATER |= {"certification_expires_on", "exception_expires_on", "expires_at"}
EXPECTED_LATER |= {"planned_go_live_on", "scheduled_at"}
"""Columns that may name a day to come."""


@pytest.fixture(scope="module")
def large() -> Company:
    """The default company, of which only some verses are told."""
    return Company(Scale(120, 156, 0, 7, until=date(2026, 11, 20)), VERSES)


def test_exactly_the_planted_rows_are_refused(raw: duckdb.DuckDBPyConnection, truth: Any) -> None:
    refused = {
        (path, record): reasons
        for contract in load_contracts().values()
        for path, record, reasons in raw.execute(
            f"select _file, _record, reasons from quarantine.{contract.relation}"
        ).fetchall()
    }
    expected = {
        (row["path"], row["record"]): f"{row['column']} {WORDS_OF_REASON[row['reason']]}"
        for row in truth["refused"]
    }
    assert refused.keys() == expected.keys()
    assert all(refused[place].startswith(words) for place, words in expected.items())


def test_no_file_is_refused(raw: duckdb.DuckDBPyConnection) -> None:
    assert raw.execute("select path from quality.loads where state <> 'landed'").fetchall() == []


def test_rows_and_superseded_rows_are_as_told(raw: duckdb.DuckDBPyConnection, truth: Any) -> None:
    landed = {
        f"{system}.{entity}": (rows, refused, superseded)
        for system, entity, rows, refused, superseded in raw.execute(
            """
            select system, entity, rows_in, rows_refused, rows_superseded
            from quality.entities where is_present
            """
        ).fetchall()
    }
    assert landed == {
        name: (told["rows"], told["refused"], told.get("superseded", 0))
        for name, told in truth["entities"].items()
    }


def test_no_two_different_rows_share_a_key_and_an_update(raw: duckdb.DuckDBPyConnection) -> None:
    for contract in load_contracts().values():
        if not contract.key:
            continue
        names_of = [column.name for column in contract.columns]
        stamp = ["updated_at"] if "updated_at" in names_of else []
        keys = ", ".join([*contract.key, *stamp])
        ambiguous = raw.execute(
            f"""
            select {keys} from (select distinct {", ".join(names_of)} from raw.{contract.relation})
            group by all having count(*) > 1
            """
        ).fetchall()
        assert ambiguous == [], contract.name


def test_nothing_is_stale_on_the_last_day(raw: duckdb.DuckDBPyConnection) -> None:
    ages = raw.execute(
        "select entity, age_days, is_stale from quality.entities where is_present"
    ).fetchall()
    assert ages
    assert [row for row in ages if row[2]] == []


def test_nothing_has_happened_after_the_last_day(raw: duckdb.DuckDBPyConnection) -> None:
    for contract in load_contracts().values():
        for column in contract.columns:
            if column.type in ("date", "ts") and column.name not in EXPECTED_LATER:
                if contract.load == "append_by_file":
                    continue
                late = raw.execute(
                    f"""
                    select count(*) from raw.{contract.relation}
                    where {column.name} >= (select as_of_end from quality.run)
                    """
                ).fetchall()
                assert late == [(0,)], f"{contract.name}.{column.name}"


def test_calls_reach_the_last_day_and_files_do_not_overlap(raw: duckdb.DuckDBPyConnection) -> None:
    newest = raw.execute("select max(usage_on)::varchar from raw.telemetry__api_usage_daily")
    assert newest.fetchall() == [("2026-11-20",)]
    assert raw.execute("select count(*) from quality.overlaps").fetchall() == [(0,)]


def test_every_reference_is_known_but_for_planted_orphans(raw: duckdb.DuckDBPyConnection) -> None:
    orphaned = dict(
        raw.execute(
            "select system || '.' || entity, rows_orphaned from quality.entities"
            " where rows_orphaned > 0"
        ).fetchall()
    )
    assert sorted(orphaned) == ["billing.payouts", "crm.opportunity_touches"]
    assert orphaned["billing.payouts"] == 2


def test_hostile_names_are_among_partners_and_accounts(raw: duckdb.DuckDBPyConnection) -> None:
    partners = {
        name for (name,) in raw.execute("select partner_name from raw.crm__partners").fetchall()
    }
    accounts = {
        name for (name,) in raw.execute("select account_name from raw.crm__accounts").fetchall()
    }
    assert set(names.HOSTILE_PARTNERS) <= partners
    assert set(names.HOSTILE_ACCOUNTS) <= accounts


def test_formats_are_mixed(company: Path) -> None:
    endings = {"".join(path.suffixes[-2:]) for path in company.rglob("*") if path.is_file()}
    assert {".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz"} <= endings


def test_every_invoice_is_the_sum_of_its_lines(raw: duckdb.DuckDBPyConnection) -> None:
    sums = """
        select invoices.invoice_id, any_value(invoices.total) as total, sum(lines.amount) as amount
        from (select distinct invoice_id, total from raw.billing__invoices) as invoices
        left join (
            from raw.billing__invoice_lines
            qualify row_number() over (partition by line_id order by line_id) = 1
        ) as lines using (invoice_id)
        group by invoices.invoice_id
    """
    assert raw.execute(f"from ({sums}) where total is distinct from amount").fetchall() == []


def test_a_line_is_its_quantity_at_its_price(raw: duckdb.DuckDBPyConnection) -> None:
    # A planted line may be a fraction of a cent off: its price has eight places.
    differing = raw.execute(
        """
        select line_id from raw.billing__invoice_lines
        where abs(quantity * unit_price - amount) >= 0.001
        """
    ).fetchall()
    assert differing == []


def test_several_currencies_have_a_rate_on_every_working_day(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    rated = raw.execute("select distinct currency from raw.billing__fx_rates order by 1").fetchall()
    assert rated == [("EUR",), ("GBP",), ("JPY",), ("KWD",)]
    gaps = raw.execute(
        """
        select max(gap) from (
            select rate_date - lag(rate_date) over (partition by currency order by rate_date) as gap
            from (select distinct currency, rate_date from raw.billing__fx_rates)
        )
        """
    ).fetchall()
    assert gaps[0][0] <= 4


def test_about_a_quarter_of_what_is_won_is_sourced_and_near_half_influenced(large: Company) -> None:
    deals, parts = large.verse("deals")["deals"], large.verse("deals")["parts"]
    usd = np.where(deals["is_won"], deals["usd"], 0.0)
    is_sourced = deals.index.isin(parts.loc[parts["claim"] == VALID, "deal"])
    joined = parts.loc[(parts["claim"] != VALID) & (parts["touch"] == PARTICIPATING), "deal"]
    is_influenced = deals.index.isin(joined) & ~is_sourced
    assert 0.20 < usd[is_sourced].sum() / usd.sum() < 0.30
    assert 0.40 < usd[is_influenced].sum() / usd.sum() < 0.50


def test_partners_differ_in_what_they_source(large: Company) -> None:
    deals, parts = large.verse("deals")["deals"], large.verse("deals")["parts"]
    recent = deals[deals["is_won"] & (deals["closed"] > large.end - 365 * 86_400)]
    sourced = parts[parts["claim"] == VALID].merge(recent, left_on="deal", right_index=True)
    arr = sourced.groupby("partner")["usd"].sum().reindex(range(120), fill_value=0.0)
    bands = np.searchsorted([0.01, 25e3, 100e3, 250e3, 500e3], arr, side="right")
    assert set(bands) == {0, 1, 2, 3, 4, 5}


def test_most_ordinary_partners_are_registered_and_few_platinum(large: Company) -> None:
    traits = large.verse("partners")["traits"]
    movements = large.verse("standing")["truth.movements"]
    planted = movements.loc[movements["case"].notna(), "partner_id"].str[-5:].astype(int)
    ordinary = traits.drop(planted)
    assert (ordinary["tier"] == ordinary["life"]).all()
    shares = ordinary["tier"].value_counts(normalize=True).sort_index().round(2)
    assert shares.to_numpy() == pytest.approx([0.55, 0.25, 0.14, 0.06], abs=0.02)


def test_the_cast_appears_more_than_once_in_the_default_company(large: Company) -> None:
    played = large.verse("standing")["truth.movements"]["case"].value_counts()
    assert len(played) == 19
    assert (played > 1).all()


def test_tiers_are_mixed_and_some_partners_rise_and_fade(large: Company) -> None:
    traits = large.verse("partners")["traits"]
    assert set(traits["tier"]) == {0, 1, 2, 3}
    assert (traits["trend"] > 0.5).sum() > 5
    assert (traits["trend"] < -0.5).sum() > 5
    assert (traits["signed_at"] == NEVER).sum() < 10


def test_some_deals_have_no_partner_at_all(large: Company) -> None:
    deals, parts = large.verse("deals")["deals"], large.verse("deals")["parts"]
    alone = len(deals) - parts["deal"].nunique()
    assert 0.05 < alone / len(deals) < 0.30
    assert (parts["claim"] != NONE).any()
