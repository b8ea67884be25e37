from pathlib import Path

import pytest

from orchestration.arrivals import Watch, fingerprint, look


def arrive(folder: Path, name: str, content: str = "a\n1\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def ticks(folder: Path, watch: Watch, count: int) -> tuple[Watch, list[bool]]:
    asked = []
    for _ in range(count):
        watch, is_due = look(watch, fingerprint(folder))
        asked.append(is_due)
    return watch, asked


def test_files_that_rested_between_two_looks_are_taken_once(tmp_path: Path) -> None:
    arrive(tmp_path, "crm/partners.csv")
    assert ticks(tmp_path, Watch(), 4)[1] == [False, True, False, False]


def test_a_partly_written_file_is_not_taken(tmp_path: Path) -> None:
    watch, asked = Watch(), []
    growing = arrive(tmp_path, "crm/partners.csv")
    for _ in range(4):
        watch, is_due = look(watch, fingerprint(tmp_path))
        asked.append(is_due)
        growing.write_text(growing.read_text() + "more\n")
    assert asked == [False] * 4
    assert ticks(tmp_path, watch, 2)[1] == [False, True]


@pytest.mark.parametrize(
    "name",
    ["crm/partners.csv.tmp", "crm/partners.csv.part", ".staging/partners.csv", "crm/.partners.csv"],
)
def test_a_file_under_a_temporary_name_is_not_there_yet(tmp_path: Path, name: str) -> None:
    arrive(tmp_path, name)
    assert fingerprint(tmp_path) == ""
    assert ticks(tmp_path, Watch(), 3)[1] == [False] * 3


def test_another_file_a_changed_one_and_a_gone_one_are_each_an_arrival(tmp_path: Path) -> None:
    partners = arrive(tmp_path, "crm/partners.csv")
    watch, _ = ticks(tmp_path, Watch(), 2)
    accounts = arrive(tmp_path, "crm/accounts.csv")
    watch, asked = ticks(tmp_path, watch, 2)
    assert asked == [False, True]
    partners.write_text("a\n2\n3\n")
    watch, asked = ticks(tmp_path, watch, 2)
    assert asked == [False, True]
    accounts.unlink()
    assert ticks(tmp_path, watch, 2)[1] == [False, True]


def test_a_folder_that_is_not_there_is_no_arrival(tmp_path: Path) -> None:
    assert ticks(tmp_path / "gone", Watch(), 3)[1] == [False] * 3


def test_the_watch_survives_a_restart_as_text(tmp_path: Path) -> None:
    arrive(tmp_path, "crm/partners.csv")
    watch, _ = ticks(tmp_path, Watch(), 1)
    assert Watch.from_cursor(watch.to_cursor()) == watch
    assert Watch.from_cursor(None) == Watch()
