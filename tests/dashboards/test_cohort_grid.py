from datetime import date

import pandas as pd

from dashboards.charts.cohorts import cohort_grid

AS_OF = date(2026, 11, 15)


def cohort(quarter: str, months: int, share: float | None, due_on: str) -> dict[str, object]:
    return {
        "cohort_quarter": pd.Timestamp(quarter),
        "months": months,
        "accounts": 4,
        "active_share": share,
        "due_on": pd.Timestamp(due_on),
    }


def test_the_latest_quarter_stands_first_with_the_share_of_its_accounts_that_stayed():
    drawn = cohort_grid(
        pd.DataFrame(
            [
                cohort("2025-11-01", 1, 1.0, "2026-02-28"),
                cohort("2025-11-01", 12, 0.0, "2026-01-31"),
                cohort("2026-04-01", 1, 0.5, "2026-07-30"),
                cohort("2026-04-01", 12, 0.75, "2026-01-31"),
            ]
        ),
        AS_OF,
    )
    assert drawn.index("Apr–Jun 2026") < drawn.index("Nov 2025–Jan 2026")
    assert drawn.index(">1 month<") < drawn.index(">12 months<")
    assert '<span class="cohort" style="--share:0.500">50%</span>' in drawn
    assert '--share:0.000">0%<' in drawn


def test_what_is_not_due_says_when_and_what_nobody_knows_is_never_zero():
    drawn = cohort_grid(
        pd.DataFrame(
            [
                cohort("2026-07-01", 1, None, "2026-10-30"),
                cohort("2026-07-01", 3, None, "2026-12-30"),
                cohort("2026-07-01", 6, None, "2027-03-30"),
            ]
        ),
        AS_OF,
    )
    assert "due Dec<" in drawn
    assert "due Mar 2027<" in drawn
    assert '<td class="number">—</td>' in drawn
    assert "0%" not in drawn
