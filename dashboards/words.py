"""Words and numbers as the pages write them (spec/6, Words and numbers).

Pure functions of one value; `None` and NaN are an absence and come out as `—`, never as 0 or blank.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

import pandas as pd

from warehouse.contracts import currencies

ABSENT: Final = "—"
MINUS: Final = "\u2212"
UP: Final = "▲"
DOWN: Final = "▼"

Number = int | float | Decimal

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SIZE_UNITS = ("B", "KB", "MB", "GB", "TB")
_CENT = Decimal("0.01")
_NINE_PLACES = Decimal("1e-9")

_STATUS_WORDS = {
    "measured": "measured",
    "no_events": "no events",
    "too_few": "too few",
    "not_applicable": "n/a",
    "source_missing": "source missing",
}

_CRITERIA = {
    "revenue_influence": "Revenue",
    "delivery_quality": "Delivery",
    "security_posture": "Security",
    "support_maturity": "Support",
}

_MOVEMENTS = {"promote": UP, "demote": DOWN, "warn": "!", "pause": "■", "exit": "×"}
_MOVING = {"promote", "demote"}

_ACRONYMS = {
    word.lower(): word
    for word in ("API", "ARR", "CRM", "CSAT", "FX", "MDF", "MFA", "NPS", "OEM", "QA", "SI")
}


def is_absent(value: object) -> bool:
    """Whether a value is an absence: None, NaN, NaT or pandas' NA."""
    return bool(pd.isna(value))  # type: ignore[call-overload]


def decimal(value: Number) -> Decimal:
    """The value to nine places, as marts hold it; a double counts as its shortest text."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(_NINE_PLACES)


def truncated(value: Number) -> Decimal:
    """A score cut to two decimals: 2.999 is 2.99, for no score is shown across a line."""
    return decimal(value).quantize(_CENT, rounding=ROUND_DOWN)


def score(value: Number | None) -> str:
    """A score of the rubric: two decimals, truncated."""
    return ABSENT if value is None or is_absent(value) else _signed(truncated(value), "{:.2f}")


def score_change(now: Number | None, then: Number | None) -> Decimal | None:
    """The difference of two scores as they are shown, so that what is shown adds up."""
    if now is None or then is None or is_absent(now) or is_absent(then):
        return None
    return truncated(now) - truncated(then)


def delta(change: Number | None, *, pattern: str = "{:.2f}") -> str:
    """A change with its arrow: ▲ 0.31, ▼ 0.25, — 0."""
    if change is None or is_absent(change):
        return ABSENT
    shown = pattern.format(abs(change))
    if not any(digit in shown for digit in "123456789"):
        return f"{ABSENT} 0"
    return f"{UP if change > 0 else DOWN} {shown}"


def percent(share: Number | None, *, places: int = 1) -> str:
    """A share of 0–1 as 12.4%; a whole hundred only when it is one."""
    if share is None or is_absent(share):
        return ABSENT
    exact = decimal(share) * 100
    shown = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if shown == 100 and exact < 100:
        shown = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)
    text = f"{shown.quantize(Decimal(1)) if shown == shown.to_integral() else shown:f}"
    return f"{text.replace('-', MINUS)}%"


def money(minor_units: Number | None, currency: str = "USD") -> str:
    """Minor units in words of a glance: $1.24M, $612K, $1,160; other currencies by code."""
    if minor_units is None or is_absent(minor_units):
        return ABSENT
    value = decimal(minor_units).scaleb(-_minor_digits(currency))
    size = abs(value)
    if size >= 999_500_000:
        text = f"{_three_digits(size / 1_000_000_000)}B"
    elif size >= 999_500:
        text = f"{_three_digits(size / 1_000_000)}M"
    elif size >= 10_000:
        text = f"{_three_digits(size / 1_000)}K"
    else:
        text = f"{size.quantize(Decimal(1), rounding=ROUND_HALF_UP):,}"
    unit = "$" if currency == "USD" else f"{currency}\u00a0"
    negative = MINUS if value < 0 and text.strip("0.") else ""
    return f"{negative}{unit}{text}"


def money_change(minor_units: Number | None, currency: str = "USD") -> str:
    """A change of an amount with its sign: +$41.3K, −$22.6K, $0."""
    if minor_units is None or is_absent(minor_units):
        return ABSENT
    shown = money(minor_units, currency)
    return f"+{shown}" if minor_units > 0 else shown


def major(minor_units: Number | None, currency: str = "USD") -> Decimal | None:
    """Minor units in units of the currency, exactly: 841230000 cents are 8412300.00."""
    if minor_units is None or is_absent(minor_units):
        return None
    digits = _minor_digits(currency)
    return decimal(minor_units).scaleb(-digits).quantize(Decimal(1).scaleb(-digits))


def exact(minor_units: Number | None, currency: str = "USD") -> str:
    """Minor units to the last one, as a controller reads them: $8,412,300.00, EUR 12.50."""
    value = major(minor_units, currency)
    if value is None:
        return ABSENT
    unit = "$" if currency == "USD" else f"{currency}\u00a0"
    shown = amount(abs(value), currency)
    return f"{MINUS if value < 0 else ''}{unit}{shown}"


def thousands(minor_units: Number | None, currency: str = "USD") -> str:
    """Minor units in thousands with one decimal, as tables have them: 423.8."""
    value = major(minor_units, currency)
    if value is None:
        return ABSENT
    shown = value.scaleb(-3).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return _signed(shown, "{:,.1f}")


def amount(value: Decimal | None, currency: str | None = None) -> str:
    """An amount in major units to the last minor unit of its currency; the cent without one."""
    if value is None or is_absent(value):
        return ABSENT
    return _signed(value, f"{{:,.{_minor_digits(currency)}f}}")


def _minor_digits(currency: str | None) -> int:
    return currencies().get(currency or "", 2)


def count(value: Number | None) -> str:
    """A whole number with thousands marked: 1,240."""
    return ABSENT if value is None or is_absent(value) else _signed(int(value), "{:,}")


def counted(value: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 file, 2 files."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def size(octets: int | None) -> str:
    """A file's size: 812 B, 4.1 KB, 38 MB."""
    if octets is None or is_absent(octets):
        return ABSENT
    power = min((len(str(octets)) - 1) // 3, len(_SIZE_UNITS) - 1)
    return f"{_three_digits(Decimal(octets) / 1000**power)} {_SIZE_UNITS[power]}"


def day(value: date | datetime | None) -> str:
    """A date: 16 Nov 2026."""
    if value is None or is_absent(value):
        return ABSENT
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def day_within(value: date | datetime | None, of: date) -> str:
    """A date without its year where that is the year of `of`: 16 Nov."""
    if value is None or is_absent(value):
        return ABSENT
    return day(value).removesuffix(f" {of.year}") if value.year == of.year else day(value)


def moment(value: datetime | None, of: date) -> str:
    """An instant in UTC: Mon 16 Nov 06:04 UTC, with its year where that is not the year of `of`.

    A naive time is taken to be UTC.
    """
    if value is None or is_absent(value):
        return ABSENT
    at = value if value.tzinfo is None else value.astimezone(UTC)
    return f"{at:%a} {day_within(at, of)} {at:%H:%M} UTC"


def moment_of_year(value: datetime) -> str:
    """An instant in UTC with its year: 16 Nov 2026 06:04 UTC."""
    return f"{day(value)} {value:%H:%M} UTC"


def status(value: str, *, sample: int | None = None, minimum: int | None = None) -> str:
    """A metric's status in words: no events, too few (3 of 5), n/a, source missing."""
    words = _STATUS_WORDS[value]
    if value == "too_few" and sample is not None and minimum is not None:
        return f"{words} ({sample} of {minimum})"
    return words


def criterion(key: str) -> str:
    """A criterion's short name, as a column carries it: Revenue."""
    return _CRITERIA[key]


def title(key: str) -> str:
    """A policy key as a name: data_provider is Data provider, si is SI, gold is Gold."""
    words = spelled(key)
    return words[:1].upper() + words[1:]


def spelled(key: str) -> str:
    """A key as words within a sentence: invoice lines, API usage."""
    return " ".join(_ACRONYMS.get(word.lower(), word) for word in key.split("_"))


def listed(parts: Sequence[str]) -> str:
    """Several things in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def measure(value: Number | None, unit: str, currency: str = "USD") -> str:
    """A metric's value in its unit: $612K, 41.8%, yes, 4; a score of 0–100 truncated: 78.4."""
    if value is None or is_absent(value):
        return ABSENT
    if unit == "usd":
        return money(decimal(value).scaleb(_minor_digits(currency)), currency)
    if unit == "rate":
        return percent(value)
    if unit == "flag":
        return "yes" if value else "no"
    return number(_tenths(value), places=1) if unit == "score" else number(value)


def threshold(value: Number, unit: str) -> str:
    """A line of a rubric, as short as it can stand above a cell: 25k, 1M, 12%, 0.5."""
    if unit == "rate":
        return percent(value)
    line = decimal(value)
    if unit == "usd" and abs(line) >= 1_000_000:
        return f"{number(line / 1_000_000)}M"
    if unit == "usd" and abs(line) >= 1_000:
        return f"{number(line / 1_000)}k"
    return number(line)


def number(value: Number | None, *, places: int = 2) -> str:
    """A plain number without trailing zeros: 78.4, 0.35, 1,240."""
    if value is None or is_absent(value):
        return ABSENT
    shown = decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = _signed(shown, f"{{:,.{places}f}}")
    return text.rstrip("0").rstrip(".") if "." in text else text


def points(value: Number | None) -> str:
    """A score of 0–100: one decimal, truncated: 74.9, 100.0."""
    return ABSENT if value is None or is_absent(value) else _signed(_tenths(value), "{:.1f}")


def points_change(now: Number | None, then: Number | None) -> Decimal | None:
    """The difference of two scores of 0–100 as they are shown, so that what is shown adds up."""
    if now is None or then is None or is_absent(now) or is_absent(then):
        return None
    return _tenths(now) - _tenths(then)


def _tenths(value: Number) -> Decimal:
    return decimal(value).quantize(Decimal("0.1"), rounding=ROUND_DOWN)


def movement(action: str | None, tier: str | None = None) -> str:
    """What is recommended: ▲ Promote to Gold, ▼ Demote to Silver, ! Warn, Hold."""
    if action is None or is_absent(action):
        return ABSENT
    glyph = _MOVEMENTS.get(action, "")
    to = f" to {title(tier)}" if tier and not is_absent(tier) and action in _MOVING else ""
    return f"{glyph} {title(action)}{to}".strip()


def _signed(value: Decimal | int, pattern: str) -> str:
    text = pattern.format(abs(value))
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def _three_digits(value: Decimal) -> str:
    """Three significant digits without trailing zeros: 1.24, 21.4, 612."""
    places = max(0, 2 - int(math.log10(value))) if value >= 1 else 2
    shown = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{shown:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
