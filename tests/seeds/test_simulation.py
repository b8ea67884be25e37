"""The simulated company as files: the same every time, of any size, whole or not at all."""

from datetime import date
from pathlib import Path

import pytest

from seeds.simulate import simulate
from seeds.simulate.company import Company, Frames, Scale
from seeds.simulate.verses import VERSES

UNTIL = date(2026, 11, 20)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tiny(folder: Path, **changes: object) -> dict[str, bytes]:
    arguments = {"partners": 12, "weeks": 20, "events": 300, "until": UNTIL} | changes
    simulate(folder, **arguments)
    return contents(folder)


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    assert tiny(tmp_path / "once") == tiny(tmp_path / "again")


def test_another_seed_is_another_company(tmp_path: Path) -> None:
    first, second = tiny(tmp_path / "seven"), tiny(tmp_path / "eight", seed=8)
    assert first["crm/partners.csv"] != second["crm/partners.csv"]


def test_the_order_of_the_verses_changes_nothing(tmp_path: Path) -> None:
    backwards = dict(reversed(VERSES.items()))
    assert tiny(tmp_path / "forwards") == tiny(tmp_path / "backwards", verses=backwards)


def test_a_later_verse_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    fewer = {name: VERSES[name] for name in ("partners", "fx_rates")}
    whole, part = tiny(tmp_path / "whole"), tiny(tmp_path / "part", verses=fewer)
    del part["truth.json"]
    assert sorted(part) == ["billing/fx_rates.csv", "crm/partners.csv"]
    assert part == {name: whole[name] for name in part}


def test_a_verse_is_told_once(tmp_path: Path) -> None:
    told = []

    def counted(company: Company, rng: object) -> Frames:
        told.append("partners")
        return VERSES["partners"](company, rng)  # type: ignore[arg-type]

    tiny(tmp_path / "company", verses={**VERSES, "partners": counted})
    assert told == ["partners"]


def test_a_larger_company_has_more_of_everything(tmp_path: Path) -> None:
    small, large = tiny(tmp_path / "small"), tiny(tmp_path / "large", partners=60, weeks=60)
    assert sum(map(len, large.values())) > 3 * sum(map(len, small.values()))


def test_a_company_of_thousands_keeps_its_partners_apart() -> None:
    scale = Scale(partners=10_000, weeks=4, events=0, seed=7, until=UNTIL)
    partners = Company(scale, VERSES).verse("partners")["crm.partners"]
    assert partners["partner_name"].is_unique
    assert partners["domain"].is_unique
    assert partners["partner_type"].nunique() == 6


def test_many_calls_come_in_daily_files_that_do_not_overlap(tmp_path: Path) -> None:
    files = tiny(tmp_path / "busy", weeks=1, events=600_000)
    assert sum(name.startswith("telemetry/api_usage/") for name in files) == 7


def test_a_company_without_calls_is_a_company(tmp_path: Path) -> None:
    assert "crm/partners.csv" in tiny(tmp_path / "quiet", events=0, weeks=1)


def test_progress_is_told_in_plain_lines(tmp_path: Path) -> None:
    lines: list[str] = []
    tiny(tmp_path / "company", progress=lines.append)
    assert "simulate opportunities" in lines
    assert all(line and "\n" not in line for line in lines)


def test_an_earlier_simulation_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    tiny(folder, weeks=30)
    assert tiny(folder) == tiny(tmp_path / "fresh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["company", "fresh"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "company").mkdir()
    (tmp_path / "company" / "mine.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="no simulation wrote"):
        tiny(tmp_path / "company")
    assert contents(tmp_path / "company") == {"mine.csv": b"mine"}


@pytest.mark.parametrize("size", [{"partners": 5}, {"weeks": 0}, {"events": -1}])
def test_a_size_that_is_no_company_is_refused(tmp_path: Path, size: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        tiny(tmp_path / "company", **size)
    assert not any(tmp_path.iterdir())
