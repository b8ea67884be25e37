from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pandas as pd
import pytest

from dashboards import words


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.906, "3.90"),
        (2.999999999, "2.99"),
        (4.35, "4.35"),
        (Decimal("0.29"), "0.29"),
        (5, "5.00"),
        (0, "0.00"),
        (-0.25, "\u22120.25"),
        (None, "—"),
        (float("nan"), "—"),
        (pd.NA, "—"),
    ],
)
def test_a_score_is_truncated_and_never_rounded_up_across_a_line(value, shown):
    assert words.score(value) == shown


def test_a_change_of_scores_is_the_difference_of_what_is_shown():
    assert words.score_change(3.906, 3.689) == Decimal("0.22")
    assert words.score_change(3.9, None) is None


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (Decimal("0.31"), "▲ 0.31"),
        (Decimal("-0.25"), "▼ 0.25"),
        (Decimal("0.00"), "— 0"),
        (0.001, "— 0"),
        (None, "—"),
    ],
)
def test_a_change_carries_an_arrow_and_no_sign(change, shown):
    assert words.delta(change) == shown


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (124_000_000, "$1.24M"),
        (61_200_000, "$612K"),
        (116_000, "$1,160"),
        (2_140_000_000, "$21.4M"),
        (4_790_000, "$47.9K"),
        (99_994_999, "$1M"),
        (99_949_999, "$999K"),
        (999_949, "$9,999"),
        (-1_750_000, "\u2212$17.5K"),
        (310_000_000_000, "$3.1B"),
        (0, "$0"),
        (-20, "$0"),
        (None, "—"),
    ],
)
def test_money_is_short_and_keeps_its_sign_before_its_unit(cents, shown):
    assert words.money(cents) == shown


def test_money_of_another_currency_goes_by_code_and_has_its_own_minor_unit():
    assert words.money(124_000_000, "EUR") == "EUR\u00a01.24M"
    assert words.money(124_000_000, "JPY") == "JPY\u00a0124M"


def test_reconciliation_shows_every_minor_unit():
    assert words.amount(Decimal("8412300.000")) == "8,412,300.00"
    assert words.amount(Decimal("-1190.750")) == "\u22121,190.75"
    assert words.amount(Decimal("12.345"), "KWD") == "12.345"
    assert words.amount(Decimal("815293200.000"), "JPY") == "815,293,200"
    assert words.amount(None) == "—"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.124, "12.4%"), (1, "100%"), (0.99999, "99.9%"), (-0.031, "\u22123.1%"), (None, "—")],
)
def test_a_percentage_is_whole_only_when_the_share_is(share, shown):
    assert words.percent(share) == shown


def test_dates_are_short_and_name_the_year_where_it_differs():
    assert words.day(date(2026, 11, 16)) == "16 Nov 2026"
    assert words.day_within(date(2026, 11, 16), date(2026, 1, 1)) == "16 Nov"
    assert words.day_within(date(2025, 12, 31), date(2026, 1, 1)) == "31 Dec 2025"
    assert words.day(pd.NaT) == "—"


def test_instants_are_in_utc():
    at = datetime(2026, 11, 16, 7, 4, tzinfo=timezone(timedelta(hours=1)))
    in_utc = datetime(2026, 11, 16, 6, 4, tzinfo=UTC)
    assert words.moment(at, date(2026, 1, 1)) == "Mon 16 Nov 06:04 UTC"
    assert words.moment(in_utc, date(2025, 1, 1)) == "Mon 16 Nov 2026 06:04 UTC"


def test_every_absence_has_its_words():
    assert words.status("no_events") == "no events"
    assert words.status("too_few", sample=3, minimum=5) == "too few (3 of 5)"
    assert words.status("not_applicable") == "n/a"
    assert words.status("source_missing") == "source missing"


def test_keys_read_as_names():
    assert words.title("data_provider") == "Data provider"
    assert words.title("si") == "SI"
    assert words.title("api_usage") == "API usage"
    assert words.counted(1, "file") == "1 file"
    assert words.counted(1240, "file") == "1,240 files"
    assert words.size(812) == "812 B"
    assert words.size(41_200_000) == "41.2 MB"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_minor_units_to_the_last_one():
    assert words.exact(841_230_000) == "$8,412,300.00"
    assert words.exact(-1_240) == f"{words.MINUS}$12.40"
    assert words.exact(0) == "$0.00"
    assert words.exact(1_500, "JPY") == "JPY\u00a01,500"
    assert words.exact(float("nan")) == words.ABSENT
    assert words.major(-5) == Decimal("-0.05")


def test_thousands_with_one_decimal():
    assert words.thousands(42_384_999) == "423.8"
    assert words.thousands(-1_745_000) == f"{words.MINUS}17.5"
    assert words.thousands(-4_000) == "0.0"
    assert words.thousands(None) == words.ABSENT


def test_a_change_of_money_has_its_sign():
    assert words.money_change(4_130_000) == "+$41.3K"
    assert words.money_change(-2_260_000) == f"{words.MINUS}$22.6K"
    assert words.money_change(0) == "$0"
    assert words.money_change(None) == words.money_change(pd.NA) == words.ABSENT
