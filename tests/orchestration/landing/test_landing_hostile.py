"""Whatever is thrown at landing: no row is lost, and what is typed reads back as it was."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing import Run, land_entity, mount
from warehouse.contracts import load_contracts

EXAMPLES = 30
COLUMNS = ("opportunity_id", "amount", "currency", "created_at", "is_won", "stage")
OPPORTUNITIES = load_contracts()["crm.opportunities"]

OF_OPPORTUNITIES = {
    name: contract
    for name, contract in load_contracts().items()
    if name in ("crm.opportunities", "crm.accounts")
}

printable = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12
)
hostile = st.text(st.sampled_from("ab\",;|\t\n\r '\\é0-"), max_size=8)
numbers = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.floats().map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-(10**9), 10**9, places=2).map(str),
)
times = st.one_of(st.datetimes().map(datetime.isoformat), st.dates().map(str), printable)
rows = st.tuples(
    st.one_of(printable, hostile),
    st.one_of(numbers, hostile),
    st.sampled_from(["USD", "JPY", "KWD", "", "usd", "XXX"]),
    times,
    st.sampled_from(["true", "no", "", "2", "T"]),
    st.one_of(printable, hostile),
)


def landed(content: bytes, suffix: str = ".csv"):
    """The load of one file, its accepted and its refused rows."""
    with TemporaryDirectory() as folder:
        extracts, store = Path(folder) / "extracts", Path(folder) / "store"
        (extracts / "crm").mkdir(parents=True)
        (extracts / "crm" / f"opportunities{suffix}").write_bytes(content)
        entity = land_entity(OPPORTUNITIES, extracts, store)
        with duckdb.connect() as connection:
            mount(connection, [entity], Run(datetime(2026, 1, 1).date()), OF_OPPORTUNITIES)
            accepted = connection.execute(
                f"select _record, {', '.join(COLUMNS)} from raw.crm__opportunities order by 1"
            ).fetchall()
            refused = connection.execute(
                "select _record from quarantine.crm__opportunities order by 1"
            ).fetchall()
        return entity.loads[0], accepted, refused


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(
    st.lists(rows, max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL)]),
)
def test_no_record_is_lost_and_what_is_typed_reads_back(records, delimiter, style):
    text = io.StringIO()
    ending, quoting = style
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows([COLUMNS, *records])
    load, accepted, refused = landed(text.getvalue().encode())
    assert load.state == "landed"
    assert load.rows_in == len(records) == load.rows_accepted + load.rows_refused
    numbers = [row[0] for row in accepted] + [row[0] for row in refused]
    assert sorted(numbers) == list(range(2, len(records) + 2))
    for number, key, amount, currency, created_at, is_won, stage in accepted:
        source = dict(zip(COLUMNS, records[number - 2], strict=True))
        assert key == source["opportunity_id"].strip(" \t\r\n")
        assert currency == (source["currency"].upper() or None)
        assert created_at == datetime.fromisoformat(source["created_at"].strip())
        assert is_won == {"true": True, "T": True, "no": False}.get(source["is_won"])
        assert stage == (source["stage"] if source["stage"].strip(" \t\r\n") else None)
        given_amount = source["amount"].strip(" \t\r\n")
        assert (amount is None) is (given_amount == "")
        assert amount is None or amount == Decimal(given_amount)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.text(st.sampled_from('o1,";|\t\n\r é'), max_size=80))
def test_no_line_of_a_mangled_file_is_lost_in_silence(body):
    load, accepted, refused = landed(f"opportunity_id,created_at,stage\n{body}".encode())
    assert load.state == "landed"
    assert load.rows_in == len(accepted) + len(refused)
    numbers = sorted(row[0] for row in accepted + refused)
    assert numbers == list(range(2, load.rows_in + 2))
    filled = [line for line in body.replace("\r", "\n").split("\n") if line]
    assert load.rows_in <= len(filled)
    assert bool(load.rows_in) is bool(filled)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.binary(max_size=80), st.sampled_from([".csv", ".csv.gz", ".jsonl", ".parquet"]))
def test_any_bytes_are_landed_or_refused_by_name(content, suffix):
    load, accepted, refused = landed(content, suffix)
    assert (load.reason is None) is (load.state == "landed")
    assert load.rows_in == len(accepted) + len(refused)
    if load.state == "refused":
        assert load.reason.startswith(f"crm/opportunities{suffix} ")
        assert "\n" not in load.reason
