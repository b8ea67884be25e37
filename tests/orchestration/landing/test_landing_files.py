"""Which files are taken, how they are read, and what is refused by name."""

import gzip
import json
from datetime import date

import duckdb
import pytest

from orchestration.landing import Run, land_entity, mount
from warehouse.contracts import load_contracts

HEADER = "partner_id,partner_name,partner_type"
ROWS = HEADER + "\np1,Ärzte & Söhne,si\np2,Second,oem\n"
PARTNERS = [("p1", "Ärzte & Söhne", "si"), ("p2", "Second", "oem")]
SELECT = "select partner_id, partner_name, partner_type from raw.crm__partners order by 1"


def refusals(desk, name="crm.partners"):
    return [load.reason for load in desk.land(name).loads if load.state == "refused"]


@pytest.mark.parametrize(
    "path",
    ["crm/partners.csv", "crm/partners/one.csv", "crm/partners.csv.gz", "crm/partners/ONE.CSV.gz"],
)
def test_a_file_is_read_single_or_in_a_folder_plain_or_packed(desk, path):
    desk.write(path, ROWS)
    assert desk.build()(SELECT) == PARTNERS


@pytest.mark.parametrize("path", ["crm/partners.jsonl", "crm/partners/a.jsonl.gz"])
def test_json_lines_are_read(desk, path):
    desk.write(
        path,
        '{"partner_id": "p1", "partner_name": "Ärzte & Söhne", "partner_type": "si"}\n\n'
        '{"partner_type": "oem", "partner_id": "p2", "partner_name": "Second", "tags": [1, 2]}\n',
    )
    assert desk.build()(SELECT) == PARTNERS


def test_a_line_that_is_no_json_object_is_quarantined_by_its_number(desk):
    desk.write(
        "crm/partners.jsonl",
        '{"partner_id": "p1", "partner_name": "One", "partner_type": "si"}\n'
        '{"partner_id": "p2", \n[1]\n"text"\n'
        '{"partner_id": "p3", "partner_name": null, "partner_type": "si"}\n',
    )
    assert desk.build()("select _record, reasons from quarantine.crm__partners order by 1") == [
        (2, "is not a JSON object"),
        (3, "is not a JSON object"),
        (4, "is not a JSON object"),
        (5, "partner_name is missing"),
    ]


def test_a_json_line_keeps_numbers_and_objects_as_they_are(desk):
    desk.write(
        "billing/payouts.jsonl",
        json.dumps(
            {
                "payout_id": "x/~1",
                "partner_id": 7,
                "kind": "spiff",
                "amount": 12.5,
                "paid_on": "2026-01-01",
                "disputed": True,
                "a/b~c": {"k": [1]},
            }
        ),
    )
    assert desk.build()(
        'select payout_id, partner_id, amount::varchar, disputed, "a/b~c" from raw.billing__payouts'
    ) == [("x/~1", "7", "12.500", True, '{"k":[1]}')]


def test_parquet_is_read(desk):
    desk.write_parquet(
        "crm/partners/x.parquet",
        "select 'p1' as partner_id, 'Ärzte & Söhne' as partner_name, 'si' as partner_type "
        "union all select 'p2', 'Second', 'oem'",
    )
    assert desk.build()(SELECT) == PARTNERS


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(desk, delimiter):
    desk.write(
        "crm/partners.csv",
        delimiter.join(["partner_id", "partner_name", "partner_type"])
        + "\n"
        + delimiter.join(["p1", '"a,b;c\td|e"', "si"])
        + "\n",
    )
    assert desk.build()(SELECT) == [("p1", "a,b;c\td|e", "si")]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf8_is_read_with_and_without_a_byte_order_mark(desk, mark, ending):
    desk.write("crm/partners.csv", mark + ROWS.replace("\n", ending))
    assert desk.build()(SELECT) == PARTNERS


def test_a_file_in_another_encoding_is_refused_by_name_and_the_others_land(desk):
    desk.write("crm/partners/a.csv", ROWS)
    desk.write("crm/partners/b.csv", ROWS.encode("latin-1"))
    desk.write("crm/partners/c.csv", ROWS.encode("utf-16"))
    desk.write("crm/partners/d.csv", ROWS.encode()[: ROWS.encode().index(b"\x84")])
    assert refusals(desk) == [
        "crm/partners/b.csv is not UTF-8: byte 41 cannot be read",
        "crm/partners/c.csv is UTF-16, not UTF-8",
        "crm/partners/d.csv is not UTF-8: it ends within a character",
    ]
    query = desk.build()
    assert query(SELECT) == PARTNERS
    assert query("select path, state from quality.loads order by path") == [
        ("crm/partners/a.csv", "landed"),
        ("crm/partners/b.csv", "refused"),
        ("crm/partners/c.csv", "refused"),
        ("crm/partners/d.csv", "refused"),
    ]


def test_a_ragged_row_is_quarantined_with_its_record_number(desk):
    desk.write(
        "crm/partners.csv",
        HEADER + '\np1,"two\nlines",si\np2,Second\n\np3,Third,oem,more\np4,"Four\n\n",si\n',
    )
    query = desk.build()
    assert query("select partner_id, _record from raw.crm__partners order by 1") == [
        ("p1", 2),
        ("p4", 5),
    ]
    assert query("select _record, reasons, row_json from quarantine.crm__partners order by 1") == [
        (3, "has 2 fields where the header has 3", '{"_text":"p2,Second"}'),
        (4, "has 4 fields where the header has 3", '{"_text":"p3,Third,oem,more"}'),
    ]


@pytest.mark.parametrize(
    "broken", ['p2,"Second,oem', 'p2,"Se"cond,oem', 'p2,"Second"" ,oem', '"p2"x,Second,oem']
)
def test_a_quote_out_of_place_costs_its_own_row_only(desk, broken):
    desk.write("crm/partners.csv", f'{HEADER}\np1,One,si\n{broken}\np3,"Third ""3""",oem\n')
    query = desk.build()
    assert query("select partner_id, partner_name, _record from raw.crm__partners order by 1") == [
        ("p1", "One", 2),
        ("p3", 'Third "3"', 4),
    ]
    assert query("select _record, reasons from quarantine.crm__partners") == [
        (3, "has a quote out of place")
    ]


def test_an_inch_mark_within_a_bare_field_is_text(desk):
    desk.write("crm/partners.csv", HEADER + '\np1,12" racks,si\np2,6" pipes,oem\n')
    assert desk.build()(SELECT) == [("p1", '12" racks', "si"), ("p2", '6" pipes', "oem")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty: it has no header"),
        ("\n \n", "is empty: it has no header"),
        ("p1,One,si\np2,Two,oem\n", "has no header: its first record names no column"),
        ("partner_id,partner_name\np1,One\n", "lacks the required partner_type"),
        ("partner_id~partner_name~partner_type\n", "has no header: its first record"),
        ("partner_id,partner_name,Partner_Name,partner_type\n", "names partner_name twice"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_by_name(desk, content, reason):
    desk.write("crm/partners.csv", content)
    (refusal,) = refusals(desk)
    assert refusal.startswith(f"crm/partners.csv {reason}")
    assert "\n" not in refusal


def test_a_file_with_a_header_alone_is_an_extract_without_rows(desk):
    desk.write("crm/partners.csv", HEADER)
    query = desk.build()
    assert query("select is_present, rows_in from quality.entities where entity = 'partners'") == [
        (True, 0)
    ]


def test_json_lines_without_a_line_are_an_extract_without_rows(desk):
    desk.write("crm/partners.jsonl", "\n")
    query = desk.build()
    assert query("select is_present, rows_in from quality.entities where entity = 'partners'") == [
        (True, 0)
    ]


@pytest.mark.parametrize(
    "content",
    [gzip.compress(ROWS.encode(), mtime=0)[:-9], b"partner_id,partner_name\n", b""],
    ids=["cut short", "not packed", "empty"],
)
def test_a_torn_gzip_file_is_refused_by_name(desk, content):
    path = desk.write("crm/partners.csv", "")
    path.rename(path.with_suffix(".csv.gz"))
    path.with_suffix(".csv.gz").write_bytes(content)
    (refusal,) = refusals(desk)
    assert refusal.startswith("crm/partners.csv.gz is")


@pytest.mark.parametrize(
    "content", [b"", b"PAR1 this is none PAR1"], ids=["empty", "only its first bytes"]
)
def test_a_torn_parquet_file_is_refused_by_name(desk, content):
    desk.write("crm/partners.parquet", content)
    (refusal,) = refusals(desk)
    assert refusal.startswith("crm/partners.parquet cannot be read:")


@pytest.mark.parametrize(
    "name", [".one.csv", "one.csv.tmp", "one.tmp.csv", "one.csv.part", "one.part.csv", "one.xlsx",
             "~one.csv", ".~lock.one.csv"]
)  # fmt: skip
def test_hidden_and_unfinished_files_are_not_taken(desk, name):
    desk.write(f"crm/partners/{name}", ROWS)
    assert desk.land("crm.partners").loads == ()


def test_a_vendors_own_header_is_understood_whatever_its_case(desk):
    desk.write(
        "crm/opportunities.csv",
        "Id,AccountId,StageName,Created Date,CloseDate\no1,a1,Won,2026-01-01,2026-02-01\n",
    )
    query = desk.build()
    assert query(
        "select opportunity_id, account_id, stage, closed_at from raw.crm__opportunities"
    ) == [("o1", "a1", "Won", None)]
    assert query("select column_name from quality.columns where state = 'new'") == [("CloseDate",)]


def test_our_own_name_goes_before_a_vendors(desk):
    desk.write("crm/opportunities.csv", "id,opportunity_id,created_at\nvendor,ours,2026-01-01\n")
    query = "select opportunity_id, id from raw.crm__opportunities"
    assert desk.build()(query) == [("ours", "vendor")]


def test_a_new_column_is_kept_as_it_is_and_reported(desk):
    desk.write("crm/partners/1.csv", ROWS)
    desk.write("crm/partners/2.csv", HEADER + ",Gut feel,_file,\np3,Third,si, good ,x,y\n")
    query = desk.build()
    assert query(
        'select partner_id, "Gut feel", _file, _file_source, column_6 '
        "from raw.crm__partners order by 1"
    ) == [
        ("p1", None, "crm/partners/1.csv", None, None),
        ("p2", None, "crm/partners/1.csv", None, None),
        ("p3", " good ", "crm/partners/2.csv", "x", "y"),
    ]
    assert query("select column_name from quality.columns where state = 'new' order by 1") == [
        ("Gut feel",),
        ("_file_source",),
        ("column_6",),
    ]


def test_a_vanished_optional_column_is_reported(desk):
    desk.write("crm/partners/1.csv", HEADER + ",region\np1,One,si,North\n")
    desk.write("crm/partners/2.csv", HEADER + ",country\np2,Two,si,NL\n")
    states = dict(
        desk.build()(
            "select column_name, state from quality.columns "
            "where system = 'crm' and entity = 'partners'"
        )
    )
    assert states["partner_id"] == "present"
    assert states["country"] == "present"
    assert states["region"] == "vanished"
    assert states["domain"] == "absent"


def test_a_file_that_lost_a_required_column_is_refused_and_the_others_land(desk):
    desk.write("crm/partners/1.csv", ROWS)
    desk.write("crm/partners/2.csv", "partner_id,partner_name\np3,Three\n")
    assert refusals(desk) == ["crm/partners/2.csv lacks the required partner_type"]
    assert desk.build()(SELECT) == PARTNERS


def test_new_columns_that_differ_in_case_alone_are_one(desk):
    desk.write("crm/partners/1.csv", HEADER + ",Grade\np1,One,si,a\n")
    desk.write("crm/partners/2.csv", HEADER + ",grade\np2,Two,si,b\n")
    query = "select partner_id, grade from raw.crm__partners order by 1"
    assert desk.build()(query) == [("p1", "a"), ("p2", "b")]


@pytest.mark.parametrize("name", ["one [1].csv", "it's.csv", "a*b.csv"])
def test_a_file_name_is_taken_literally(desk, name):
    desk.write(f"crm/partners/{name}", ROWS)
    parquet = desk.write_parquet(
        "crm/partners/x.parquet",
        "select 'p3' as partner_id, 'Third' as partner_name, 'si' as partner_type",
    )
    parquet.rename(parquet.with_name(f"{name}.parquet"))
    assert desk.build()("select partner_id, _file from raw.crm__partners order by 1") == [
        ("p1", f"crm/partners/{name}"),
        ("p2", f"crm/partners/{name}"),
        ("p3", f"crm/partners/{name}.parquet"),
    ]


def test_the_contract_may_name_the_separator_and_the_form_of_a_date(desk):
    contract = load_contracts()["billing.fx_rates"]
    day = contract.column("rate_date").model_copy(update={"timestamp_format": "%d/%m/%Y"})
    columns = tuple(day if one.name == day.name else one for one in contract.columns)
    contract = contract.model_copy(update={"columns": columns, "delimiter": ";"})
    desk.write(
        "billing/fx_rates.csv",
        "currency;rate_date;usd_per_unit;a,b,c,d\n"
        "EUR;03/04/2026;1.1;\nEUR;13/13/2026;1.1;\nEUR;2026-04-03;1.1;\n",
    )
    connection = duckdb.connect()
    landed = land_entity(contract, desk.extracts, desk.store)
    mount(connection, [landed], Run(date(2026, 11, 20)), {contract.name: contract})
    assert connection.execute("select rate_date from raw.billing__fx_rates").fetchall() == [
        (date(2026, 4, 3),)
    ]
    assert connection.execute("select reasons from quarantine.billing__fx_rates").fetchall() == [
        ("rate_date is not a date",),
        ("rate_date is not a date",),
    ]
