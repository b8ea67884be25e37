"""The Data Docs of each audit: static pages that stand on their own.

Great Expectations' own pages load scripts, styles and a tracking image from other hosts; these
say the same and load nothing.
"""

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path

from expectations.results import CheckResult
from warehouse.files import write_atomically

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h2 { font-size: 1rem; margin: 2rem 0 .25rem }
table { border-collapse: collapse; table-layout: fixed; width: 100% }
td { border-top: 1px solid #8884; overflow-wrap: break-word; padding: .3rem 1rem .3rem 0 }
td { vertical-align: top }
tr.failed td { color: light-dark(#b42318, #ff8a7a) }
""".strip()


def write_docs(
    docs_dir: Path, run_id: str, stage: str, as_of: str, results: Iterable[CheckResult]
) -> None:
    """Write `<docs_dir>/<run_id>/<stage>.html` and the index of all runs beside it."""
    page = docs_dir / run_id / f"{stage}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(page, audit_page(stage, as_of, results))
    write_atomically(docs_dir / "index.html", _index_page(docs_dir))


def audit_page(stage: str, as_of: str, results: Iterable[CheckResult]) -> str:
    """The page of one audit: every check by dataset, with what was observed."""
    by_dataset = [
        (dataset, list(checks)) for dataset, checks in groupby(results, lambda each: each.dataset)
    ]
    failed = sum(not each.passed for _, checks in by_dataset for each in checks)
    judged = sum(len(checks) for _, checks in by_dataset)
    title = f"Audit of {stage} as of {as_of}: {failed} of {judged} checks failed"
    return _page(title, "".join(_section(dataset, checks) for dataset, checks in by_dataset))


def _section(dataset: str, checks: Iterable[CheckResult]) -> str:
    rows = "".join(
        f'<tr class="{"passed" if each.passed else "failed"}">'
        f"<td>{escape(each.check_name)}</td>"
        f"<td>{escape(each.message.removeprefix(f'{dataset}: {each.check_name}: '))}</td>"
        f"<td>{_verdict(each)}</td></tr>"
        for each in checks
    )
    return f"<h2>{escape(dataset)}</h2><table>{rows}</table>"


def _verdict(result: CheckResult) -> str:
    if result.passed:
        return "passed"
    return "failed, blocks publishing" if result.is_blocking else "failed, warning"


def _index_page(docs_dir: Path) -> str:
    pages = sorted(docs_dir.glob("*/*.html"), key=_written_last)
    rows = "".join(
        f"<tr><td>{escape(page.parent.name)}</td><td>"
        f'<a href="{escape(page.relative_to(docs_dir).as_posix())}">{_title(page)}</a></td></tr>'
        for page in pages
    )
    return _page("Audits", f"<table>{rows}</table>")


def _written_last(page: Path) -> tuple[int, Path]:
    return (-page.stat().st_mtime_ns, page)


def _title(page: Path) -> str:
    """The page's title, already escaped."""
    found = re.search("<title>(.*?)</title>", page.read_text(encoding="utf-8"))
    return found[1] if found else escape(page.stem)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )
