from pathlib import Path

import pytest
from pydantic import ValidationError

from dashboards.registry import VIEWS, load_pages, read_pages

PAGE = """
- path: scorecards
  title: Scorecards
  icon: ":material/leaderboard:"
  audience: [everyone]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "pages.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_page_has_a_folder_and_every_folder_is_a_page():
    folders = {path.parent.name for path in VIEWS.glob("*/view.py")}
    assert {page.folder for page in load_pages()} == folders
    assert all(callable(page.view()) for page in load_pages())


def test_today_comes_first_and_data_trust_ends_the_programme():
    pages = [(page.path, page.group) for page in load_pages()]
    assert pages[:3] == [("today", None), ("scorecards", None), ("tier-changes", None)]
    assert pages[-1] == ("data-trust", "Programme")
    assert {group for _, group in pages} == {None, "Partners", "Money", "Programme"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("path: scorecards", "path: Score cards"), "path"),
        (("path: scorecards", "path: nowhere"), "views/nowhere/view.py"),
        (("icon:", "ikon:"), "ikon"),
        (("[everyone]", "[somebody]"), "audience"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path, change, complaint):
    with pytest.raises(ValidationError, match=complaint):
        read_pages(written(tmp_path, PAGE.replace(*change)))


def test_two_pages_with_one_path_are_refused(tmp_path):
    with pytest.raises(ValueError, match="same path: scorecards"):
        read_pages(written(tmp_path, PAGE + PAGE))
