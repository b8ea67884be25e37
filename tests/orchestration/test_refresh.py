import csv
import gzip
import io
import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import registry, signin
from dashboards.access import Viewer, may_open
from dashboards.packs.making import make_pack
from dashboards.queries.occasions import NoOccasionError
from dashboards.queries.own_rows import NOT_OBSERVED, REACHED, TOLD_TO_ALL, open_own
from dashboards.queries.published import Edition, frame, of_manager, own_partners
from dashboards.serve import APP
from warehouse.exports import export_mart, marts
from warehouse.settings import Settings
from warehouse.snapshots import current, open_version


def exports(home: Path, out: Path) -> dict[str, bytes]:
    """Every mart of the served version as sorted CSV."""
    with open_version(Settings(home=home)) as connection:
        for mart in marts(connection):
            export_mart(connection, mart, "csv", out / f"{mart}.csv")
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}


def shuffled(extracts: Path, out: Path) -> Path:
    """The same extracts with the records of every file in another order."""
    shutil.copytree(extracts, out)
    order = random.Random(7)
    for path in sorted(out.glob("*/**/*")):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            rows = order.sample(range(table.num_rows), table.num_rows)
            pq.write_table(table.take(pa.array(rows, pa.int64())), path)
        elif path.is_file():
            content = path.read_bytes()
            is_packed = path.suffix == ".gz"
            text = (gzip.decompress(content) if is_packed else content).decode("utf-8-sig")
            mixed = _shuffled_text(text, ".csv" in path.suffixes, order).encode()
            path.write_bytes(gzip.compress(mixed) if is_packed else mixed)
    return out


def _shuffled_text(text: str, is_csv: bool, order: random.Random) -> str:
    if not is_csv:
        lines = list(io.StringIO(text, newline=""))
        return "".join(order.sample(lines, len(lines)))
    header, *records = _csv_records(text)
    return "".join([header, *order.sample(records, len(records))])


def _csv_records(text: str) -> Iterator[str]:
    """The records as they are written; one whose quotes are still open goes on."""
    record = ""
    for line in io.StringIO(text, newline=""):
        record += line
        if record.count('"') % 2 == 0:
            yield record
            record = ""
    assert not record, "a quote is never closed"


def test_a_refresh_publishes_and_says_so_in_one_line(refreshed) -> None:
    assert refreshed.completed.returncode == 0, refreshed.completed.stderr
    served = current(Settings(home=refreshed.home))
    assert served is not None
    assert served.as_of == refreshed.as_of
    assert refreshed.completed.stdout.splitlines() == [f"Published {served.name}"]


def test_each_stage_tells_its_begin_and_its_end_in_plain_lines(refreshed) -> None:
    lines = refreshed.completed.stderr.splitlines()
    stages = [line.removesuffix(": begins") for line in lines if line.endswith(": begins")]
    assert stages == [
        "Land extracts",
        "Audit what landed",
        "Build marts",
        "Audit marts",
        "Publish",
    ]
    ends = [line for line in lines if not line.endswith(": begins")]
    assert [line.split(":")[0] for line in ends] == stages
    assert all(re.search(r" in \d+\.\d s$", line) for line in ends)


def test_dagster_dbt_and_their_logs_stay_under_home(refreshed) -> None:
    assert {path.name for path in refreshed.home.iterdir()} == {
        "dagster",
        "published",
        "quality",
        "warehouse",
    }


def test_status_tells_what_is_published_and_what_was_refused(refreshed, scorecards) -> None:
    told = scorecards("status", "--home", refreshed.home, "--json")
    status = json.loads(told.stdout)
    assert status["published"]["as_of"] == refreshed.as_of.isoformat()
    assert status["rows"]["rows_in"] == sum(
        status["rows"][part] for part in ("rows_accepted", "rows_refused")
    )
    words = scorecards("status", "--home", refreshed.home).stdout
    assert status["published"]["version"] in words
    for entity in status["refused_rows"]:
        assert f"{entity['entity']}: {entity['rows_refused']:,} rows" in words


def test_history_lists_the_served_version_with_a_star(refreshed, scorecards) -> None:
    told = scorecards("status", "--home", refreshed.home, "--history")
    [line] = told.stdout.splitlines()
    assert line.startswith(f"* {refreshed.as_of}-")


def test_every_column_of_every_mart_has_a_definition(refreshed) -> None:
    with open_version(Settings(home=refreshed.home)) as connection:
        silent = connection.execute(
            """
            select table_name, column_name from information_schema.columns
            where table_schema = 'marts'
            except
            select mart, column_name from quality.definitions where description <> ''
            """
        ).fetchall()
    assert silent == []


def test_a_mart_is_exported_by_the_command(refreshed, scorecards, tmp_path: Path) -> None:
    out = tmp_path / "weekly.csv"
    told = scorecards("export", "mart_scorecard_weekly", "--home", refreshed.home, "--out", out)
    assert told.returncode == 0, told.stderr
    rows = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
    assert told.stdout == f"{out}: {len(rows):,} rows\n"
    assert out.read_bytes() == exports(refreshed.home, tmp_path)["mart_scorecard_weekly.csv"]


def test_a_refresh_of_the_same_rows_in_another_order_exports_the_same_bytes(
    refreshed, scorecards, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    expected = exports(refreshed.home, first)
    home = tmp_path / "home"
    mixed = scorecards(
        *("refresh", "--home", home, "--as-of", refreshed.as_of),
        *("--extracts", shuffled(refreshed.extracts, tmp_path / "extracts")),
    )
    assert mixed.returncode == 0, mixed.stderr
    assert exports(home, second) == expected


def test_a_load_that_is_not_plausible_is_refused_and_the_last_version_stands(
    refreshed, scorecards, tmp_path: Path
) -> None:
    served = current(Settings(home=refreshed.home))
    extracts = tmp_path / "extracts"
    shutil.copytree(refreshed.extracts, extracts)
    partners = extracts / "crm" / "partners.csv"
    header, *_ = partners.read_text(encoding="utf-8").splitlines()
    partners.write_text("\n".join([header, *[","] * 50]) + "\n", encoding="utf-8")
    told = scorecards(
        *("refresh", "--home", refreshed.home, "--extracts", extracts),
        *("--as-of", refreshed.as_of),
    )
    assert told.returncode == 1
    refusal = told.stderr.splitlines()[-1]
    assert re.match(r"Refused: raw\.\w+: .* expected .*, observed ", refusal)
    assert refusal.endswith(f"; {served.name} is still served")
    assert current(Settings(home=refreshed.home)) == served


def managers(home: Path) -> dict[str, set[str]]:
    """The names of the partners of each manager, by the manager's address."""
    with open_version(Settings(home=home)) as connection:
        rows = connection.execute(
            "select partner_manager_email, partner_name from marts.dim_partner"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for email, name in rows:
        found.setdefault(email, set()).add(name)
    return found


def test_a_partner_manager_sees_of_every_relation_own_rows_and_no_others(refreshed) -> None:
    served = current(Settings(home=refreshed.home))
    with open_version(Settings(home=refreshed.home)) as connection:
        relations = connection.execute(
            """
            select schema_name, table_name, list(column_name)
            from duckdb_columns()
            where schema_name in ('marts', 'quality', 'policy')
            group by all
            order by all
            """
        ).fetchall()
    catalog = {(schema, name): frozenset(names) for schema, name, names in relations}
    everything = " ".join(f"{schema}.{name}" for schema, name, _ in relations)
    partners = managers(refreshed.home)
    for email in (max(partners, key=lambda each: len(partners[each])), "nobody@example.com"):
        edition = of_manager(Edition(refreshed.home, served.name), email)
        with open_own(served.path, own_partners(edition), catalog, everything) as own:
            for schema, name, names in relations:
                shown, wanted, astray = own.execute(
                    f"""
                    with
                        mine as (
                            select partner_id
                            from everyone.marts.dim_partner
                            where partner_manager_email = $email
                        ),
                        expected as (
                            select {f"* replace ({NOT_OBSERVED})" if name == "checks" else "*"}
                            from everyone.{schema}.{name}
                            where {"partner_id in (from mine)" if "partner_id" in names else "true"}
                        )
                    select
                        (select count(*) from {schema}.{name}),
                        (select count(*) from expected),
                        (select count(*) from (from {schema}.{name} except all from expected))
                    """,
                    {"email": email},
                ).fetchone()
                assert astray == 0, name
                if "partner_id" in names or schema == "policy" or name in TOLD_TO_ALL:
                    assert shown == wanted, name
                elif name not in REACHED:
                    assert shown == 0, name


def test_no_page_names_another_managers_partner_or_leads_to_another_roles_page(
    refreshed, monkeypatch: pytest.MonkeyPatch
) -> None:
    partners = managers(refreshed.home)
    email = max(partners, key=lambda each: (len(partners[each]), each))
    others = set().union(*(names for who, names in partners.items() if who != email))
    monkeypatch.setenv("SCORECARDS_HOME", str(refreshed.home))
    monkeypatch.setattr(signin, "who", lambda _: Viewer("partner-manager", "Ana", email))
    listed = registry.load_pages()
    theirs = {page.path for page in listed if may_open("partner-manager", page.audience)}
    for page in listed:
        if page.path in theirs:
            first = (page, *(each for each in listed if each != page))
            monkeypatch.setattr(registry, "load_pages", lambda first=first: first)
            app = AppTest.from_file(str(APP), default_timeout=60).run()
            shown = "\n".join(str(node.proto) for node in app._tree if hasattr(node, "proto"))
            assert not app.exception, page.path
            assert set(re.findall(r'href=\\*"([a-z][a-z-]*)', shown)) <= theirs, page.path
            assert {name for name in others if name in shown} == set(), page.path
            if page.path in {"scorecards", "partner"}:
                assert any(name in shown for name in partners[email]), page.path


def test_a_partner_managers_pack_is_the_one_everybody_makes_and_there_is_none_of_others(
    refreshed,
) -> None:
    partners = managers(refreshed.home)
    whole = Edition(refreshed.home, current(Settings(home=refreshed.home)).name)
    own = of_manager(whole, max(partners, key=lambda each: len(partners[each])))
    reviews = frame(whole, "select review_id, partner_id from marts.fct_business_review")
    is_own = reviews["partner_id"].isin(own_partners(own))
    mine, foreign = (reviews[chosen]["review_id"].min() for chosen in (is_own, ~is_own))
    assert make_pack(own, mine, "partner") == make_pack(whole, mine, "partner")
    with pytest.raises(NoOccasionError, match="no such review of a partner we know"):
        make_pack(own, foreign, "partner")
