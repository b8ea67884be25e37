import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from orchestration import command
from orchestration.environment import enter
from warehouse.ledger import decisions, finding_states, record, record_finding_state
from warehouse.settings import DEFAULT_POLICY, Settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty folder to work in; nothing set in the environment, and nothing left in it."""
    before = dict(os.environ)
    for name in ("HOME", "EXTRACTS", "POLICY", "DECISIONS_URL", "SECRETS", "ROLES"):
        os.environ.pop(f"SCORECARDS_{name}", None)
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    yield
    os.environ.clear()
    os.environ.update(before)


class Said:
    """What one call of the command came to."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out.splitlines(), err.splitlines()


@pytest.fixture
def scorecards(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["scorecards", *arguments])
        with pytest.raises(SystemExit) as stopped:
            command.main()
        return Said(stopped.value.code or 0, *capsys.readouterr())

    return run


def an_extract(folder: Path, content: str = "partner_id,partner_name,partner_type\n") -> Path:
    extract = folder / "crm" / "partners.csv"
    extract.parent.mkdir(parents=True)
    extract.write_text(content)
    return folder


def a_broken_policy(folder: Path) -> Path:
    folder.mkdir()
    for path in DEFAULT_POLICY.glob("*.csv"):
        (folder / path.name).write_text(path.read_text())
    tiers = folder / "criterion_weights.csv"
    lines = tiers.read_text().splitlines()
    lines[1] = lines[1].replace("0.4", "0.9", 1)
    tiers.write_text("\n".join(lines) + "\n")
    return folder


def test_a_folder_of_extracts_that_is_not_there_is_named(scorecards) -> None:
    said = scorecards("refresh", "--extracts", "gone")
    assert said.status == 2
    assert said.err == ["gone: no such folder of extracts; name one with --extracts"]
    assert not Path("var").exists()


def test_a_folder_without_extracts_is_named(scorecards, tmp_path: Path) -> None:
    (tmp_path / "extracts").mkdir()
    (tmp_path / "extracts" / "notes.txt").write_text("")
    said = scorecards("refresh")
    assert said.status == 2
    [line] = said.err
    assert line.startswith("extracts: no extract in it; expected")


@pytest.mark.parametrize("subcommand", ["refresh", "check"])
def test_a_policy_error_names_file_row_and_rule_and_nothing_is_built(
    scorecards, tmp_path: Path, subcommand: str
) -> None:
    an_extract(tmp_path / "extracts")
    policy = a_broken_policy(tmp_path / "policy")
    said = scorecards(subcommand, "--policy", str(policy))
    assert said.status == 2
    assert any(line.startswith(f"{policy}: criterion_weights.csv, row ") for line in said.err)
    assert not (tmp_path / "var").exists()


def test_check_says_which_rows_and_files_would_be_refused_and_writes_nothing(
    scorecards, tmp_path: Path
) -> None:
    an_extract(
        tmp_path / "extracts",
        "partner_id,partner_name,partner_type\np1,One,si\np2,Two,airline\n",
    )
    said = scorecards("check")
    assert said.status == 0
    assert said.out == [
        "crm/partners.csv: 1 of 2 rows refused",
        "Extracts and policy are usable.",
    ]
    assert not (tmp_path / "var").exists()


def test_check_refuses_a_file_without_a_required_column_by_name(scorecards, tmp_path: Path) -> None:
    an_extract(tmp_path / "extracts", "partner_id,partner_name\np1,One\n")
    said = scorecards("check")
    assert said.status == 2
    assert said.err[-1].startswith("crm/partners.csv: ")
    assert "partner_type" in said.err[-1]


def test_a_second_refresh_says_that_one_is_under_way(scorecards, tmp_path: Path) -> None:
    an_extract(tmp_path / "extracts")
    lock = Settings(home=tmp_path / "var").lock
    lock.parent.mkdir(parents=True)
    with FileLock(lock):
        said = scorecards("refresh")
    assert said.status == 2
    [line] = said.err
    assert "another refresh is under way" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ("refresh", "--as-of", "31.12.2017"),
        ("refresh", "--nonsense"),
        ("nonsense",),
        ("export",),
        ("export", "dim_partner", "--format", "pdf"),
        ("serve", "--port", "0"),
        ("simulate",),
    ],
)
def test_a_usage_error_exits_with_two(scorecards, arguments: tuple[str, ...]) -> None:
    said = scorecards(*arguments)
    assert said.status == 2
    assert "Traceback" not in "".join(said.err)


def test_status_of_a_home_without_a_version_says_what_to_do(scorecards) -> None:
    said = scorecards("status")
    assert said.status == 0
    assert said.out == ["var: nothing is published yet; run `scorecards refresh`"]
    assert json.loads("".join(scorecards("status", "--json").out)) == {
        "home": "var",
        "published": None,
    }
    assert scorecards("status", "--history").out == []


def a_version(home: Path, name: str, **inputs: str) -> None:
    """A published file with the least that history and export read; the last one is served."""
    made = {"policy": "p", "code": "c", "loads": "l", "published": "2026-11-16 06:00"} | inputs
    path = home / "published" / f"{name}.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute(
            f"""
            create schema marts; create schema quality;
            create table marts.dim_partner as select '{name}' as partner_id;
            create table quality.snapshot as select
                '{name}' as version, 2 as schema_version, date '{name[:10]}' as as_of,
                timestamp '{made["published"]}' as published_at,
                '{made["policy"]}' as policy_hash, '{made["code"]}' as code_version;
            create table quality.loads as select
                'crm' as system, 'partners' as entity, 'p.csv' as path,
                '{made["loads"]}' as content_hash
            """
        )
    (path.parent / "current.json").write_text(json.dumps({"version": name, "as_of": name[:10]}))


def test_history_says_in_what_each_version_differs_from_the_one_before(scorecards) -> None:
    home = Path("var")
    a_version(home, "2026-11-08-a")
    a_version(home, "2026-11-15-a", loads="m")
    a_version(home, "2026-11-15-b", loads="m", policy="q", code="d", published="2026-11-17 06:00")
    a_version(home, "2026-11-15-c", loads="m", policy="q", code="d", published="2026-11-18 06:00")
    told = scorecards("status", "--history")
    assert told.out == [
        "* 2026-11-15-c  published 2026-11-18 06:00 UTC  other decisions",
        "  2026-11-15-b  published 2026-11-17 06:00 UTC  other code, policy",
        "  2026-11-15-a  published 2026-11-16 06:00 UTC  other as-of, loads",
        "  2026-11-08-a  published 2026-11-16 06:00 UTC",
    ]
    listed = json.loads("\n".join(scorecards("status", "--history", "--json").out))
    assert [version["differs_in"] for version in listed][-2:] == [["as_of", "loads"], []]


def test_an_older_version_is_exported_by_its_name(scorecards) -> None:
    for name in ("2026-11-08-a", "2026-11-15-a"):
        a_version(Path("var"), name)
    assert scorecards("export", "dim_partner").status == 0
    assert Path("dim_partner.csv").read_text().split() == ["partner_id", "2026-11-15-a"]
    assert scorecards("export", "dim_partner", "--version", "2026-11-08-a").status == 0
    assert Path("dim_partner.csv").read_text().split() == ["partner_id", "2026-11-08-a"]
    said = scorecards("export", "dim_partner", "--version", "2026-11-01-a")
    assert said.status == 2
    assert said.err == ["var: no version 2026-11-01-a; `scorecards status --history` lists them"]


def test_the_ledger_is_backed_up_and_restored_into_another_home(scorecards) -> None:
    record(
        Settings(),
        partner_id="P1",
        verdict="approved",
        to_tier="gold",
        effective_on=date(2026, 11, 15),
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 20),
    )
    record_finding_state(
        Settings(),
        finding_id="f1",
        state="acknowledged",
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 20),
    )
    kept = scorecards("ledger", "backup", "ledger.jsonl")
    assert kept.out == [
        "ledger.jsonl: 1 decisions, 1 finding states, 0 published findings, "
        "0 published recommendations, 0 review events, 0 sent messages"
    ]
    restored = scorecards("ledger", "restore", "ledger.jsonl", "--home", "elsewhere")
    assert restored.out == [
        "Restored 1 decisions, 1 finding states, 0 published findings, "
        "0 published recommendations, 0 review events, 0 sent messages"
    ]
    assert decisions(Settings(home=Path("elsewhere"))) == decisions(Settings())
    assert finding_states(Settings(home=Path("elsewhere"))) == finding_states(Settings())
    again = scorecards("ledger", "restore", "ledger.jsonl", "--home", "elsewhere")
    assert again.status == 2
    assert again.err == [
        "decisions has entries; a backup is restored into an empty ledger only",
    ]


def test_whatever_we_start_finds_the_ledger_that_was_asked_for(tmp_path: Path) -> None:
    entered = enter(Settings(home=tmp_path, decisions_url="sqlite:////srv/decisions.sqlite"))
    assert entered == Settings()
    assert entered.decisions_url == "sqlite:////srv/decisions.sqlite"


def test_a_ledger_that_cannot_be_opened_is_named(scorecards, monkeypatch) -> None:
    monkeypatch.setenv("SCORECARDS_DECISIONS_URL", "mysql://somewhere/else")
    said = scorecards("ledger", "backup", "ledger.jsonl")
    assert said.status == 2
    [line] = said.err
    assert line.startswith("SCORECARDS_DECISIONS_URL: expected sqlite:///<file>")


def test_there_is_nothing_to_export_before_a_refresh(scorecards, tmp_path: Path) -> None:
    said = scorecards("export", "dim_partner")
    assert said.status == 2
    assert said.err == ["var: nothing is published yet; run `scorecards refresh`"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("subcommand", ["serve", "demo"])
def test_a_port_that_is_taken_is_said_before_any_work(
    scorecards, tmp_path: Path, subcommand: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = scorecards(subcommand, "--port", port)
    assert said.status == 2
    assert said.err == [f"port {port} is taken; choose another with --port"]
    assert list(tmp_path.iterdir()) == []


def test_without_sign_in_no_other_machine_is_served(scorecards) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    said = scorecards("serve", "--port", port, "--host", "0.0.0.0")
    assert said.status == 2
    assert said.err == ["--host 0.0.0.0: without sign-in (SCORECARDS_SECRETS) only this machine"]


def test_an_address_that_is_not_ours_is_said_before_any_work(scorecards) -> None:
    said = scorecards("serve", "--host", "203.0.113.9")
    assert said.status == 2
    assert said.err == ["--host 203.0.113.9: no address of this machine"]


def test_simulate_writes_a_company_and_will_not_overwrite_anything_else(
    scorecards, tmp_path: Path
) -> None:
    size = ("--partners", "12", "--weeks", "4", "--events", "10", "--until", "2026-11-15")
    assert scorecards("simulate", "--out", "company", *size).status == 0
    assert (tmp_path / "company" / "truth.json").exists()
    an_extract(tmp_path / "mine")
    said = scorecards("simulate", "--out", "mine", *size)
    assert said.status == 2
    assert "choose another folder" in said.err[-1]


def test_a_company_of_no_size_is_refused(scorecards) -> None:
    said = scorecards("simulate", "--out", "company", "--partners", "0")
    assert said.status == 2
    assert "partners" in said.err[-1]
