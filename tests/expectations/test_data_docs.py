"""The pages that are kept of each audit."""

import os
import re
from pathlib import Path

from conftest import Extract, Judge

from expectations.docs import audit_page, write_docs
from expectations.results import CheckResult


def check(**changes: object) -> CheckResult:
    values = {
        "stage": "raw",
        "dataset": "raw.crm__accounts",
        "check_name": "few rows are refused",
        "column_name": "refused_share",
        "is_blocking": True,
        "passed": True,
        "observed": "0.1",
        "message": "",
    }
    return CheckResult(**values | changes)  # type: ignore[arg-type]


def test_each_audit_of_a_run_is_kept_and_listed_last_first(tmp_path: Path) -> None:
    write_docs(tmp_path, "a", "raw", "2026-07-05", [check()])
    os.utime(tmp_path / "a" / "raw.html", (1, 1))
    write_docs(tmp_path, "a", "marts", "2026-07-05", [check(passed=False)])
    os.utime(tmp_path / "a" / "marts.html", (2, 2))
    write_docs(tmp_path, "b", "raw", "2026-07-12", [check()])
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    links = re.findall('href="([^"]+)">([^<]+)<', index)
    assert links == [
        ("b/raw.html", "Audit of raw as of 2026-07-12: 0 of 1 checks failed"),
        ("a/marts.html", "Audit of marts as of 2026-07-05: 1 of 1 checks failed"),
        ("a/raw.html", "Audit of raw as of 2026-07-05: 0 of 1 checks failed"),
    ]
    assert all((tmp_path / href).exists() for href, _ in links)


def test_the_pages_load_nothing_from_elsewhere(
    extract: Extract, judge: Judge, tmp_path: Path
) -> None:
    extract("crm.accounts", rows=690, refused=310)
    judge("raw")
    pages = list((tmp_path / "quality").rglob("*"))
    assert sorted(page.suffix for page in pages if page.is_file()) == [".html", ".html"]
    for page in (each for each in pages if each.is_file()):
        assert not re.search(r"https?:|//|<script|<link|<img|url\(", page.read_text())


def test_a_page_tells_warnings_from_what_blocks() -> None:
    page = audit_page(
        "raw", "2026-07-05", [check(passed=False), check(passed=False, is_blocking=False)]
    )
    assert "failed, blocks publishing" in page
    assert "failed, warning" in page


def test_a_page_shows_what_was_expected_and_observed(tmp_path: Path) -> None:
    message = (
        "raw.crm__accounts: few rows are refused: expected refused_share at most 0.2, observed 1"
    )
    page = audit_page("raw", "2026-07-05", [check(message=message)])
    assert "<td>expected refused_share at most 0.2, observed 1</td>" in page


def test_text_of_the_source_is_shown_as_text() -> None:
    page = audit_page("raw", "2026-07-05", [check(message="9 rows in <script>x</script>.csv")])
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
