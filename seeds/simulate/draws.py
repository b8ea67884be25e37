"""Small vectorised draws that the verses share. Instants are int64 seconds since 1970 (UTC)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

HOUR = 3_600
DAY = 86_400
YEAR = 31_556_952
NEVER = np.iinfo(np.int64).min
"""The instant that did not happen: the bit pattern of numpy's NaT, and less than any other."""

MINOR_DIGITS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3}
CURRENCIES = tuple(MINOR_DIGITS)
USD_PER_UNIT = {"USD": 1.0, "EUR": 1.09, "GBP": 1.27, "JPY": 0.0067, "KWD": 3.25}
"""About what a unit is worth; the day's rate wanders around it."""


def instants(at: Ints) -> pd.Series:
    """Seconds as timestamps, NEVER as missing."""
    return pd.Series(np.ascontiguousarray(at).view("datetime64[s]"))


def dates(at: Ints) -> pd.Series:
    """The days of these seconds as midnights, NEVER as missing."""
    return instants(np.where(at == NEVER, NEVER, at - at % DAY))


def ids(prefix: str, numbers: Ints, width: int = 7) -> pd.Series:
    """Text keys such as `opp-0000042`; a negative number has none."""
    text = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    named = pc.binary_join_element_wise(pa.scalar(prefix), text, "-")
    known = pc.if_else(pa.array(numbers >= 0), named, pa.scalar(None, pa.string()))
    return pd.Series(known.to_pandas().astype("str"))


def words(choices: tuple[str, ...] | list[str], codes: Ints) -> pd.Series:
    """The word of each code; a negative code has none."""
    table = np.array([*choices, None], dtype=object)
    return pd.Series(table[codes], dtype="str")


def whole(values: Any, missing: Bools | None = None) -> pd.Series:
    """Whole numbers with gaps."""
    column = pd.Series(np.asarray(values, dtype=np.int64)).astype("Int64")
    return column if missing is None else column.mask(missing)


def flags(values: Bools) -> pd.Series:
    """Booleans that may get gaps."""
    return pd.Series(values).astype("boolean")


def choose(rng: np.random.Generator, shares: Sequence[float] | Floats, size: int) -> Ints:
    """Codes 0, 1, … drawn in proportion to `shares`."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    codes: Ints = np.searchsorted(edges / edges[-1], rng.random(size), side="right")
    return codes


def between(rng: np.random.Generator, low: Ints | int, high: Ints | int, size: int) -> Ints:
    """A whole second in [low, high) of each pair; `low` itself where the two meet."""
    low_at = np.broadcast_to(np.asarray(low, dtype=np.int64), size)
    span = np.maximum(np.asarray(high, dtype=np.int64) - low_at, 0)
    drawn: Ints = low_at + np.floor(rng.random(size) * span).astype(np.int64)
    return drawn


def dose(rng: np.random.Generator, group: Ints, share: Floats) -> Bools:
    """Which of a group's events happen: in the order given, evenly spaced rather than by chance.

    Of any run of a group's events so many happen as their shares add up to, give or take one.
    """
    order = np.argsort(group, kind="stable")
    total = np.cumsum(share[order])
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    before = np.repeat(np.append(0.0, total)[begins], np.diff(np.append(begins, len(order))))
    phase = rng.random(int(group.max(initial=0)) + 1)[group[order]]
    reached = total - before + phase
    happens = np.empty(len(group), dtype=np.bool_)
    happens[order] = np.floor(reached) > np.floor(reached - share[order])
    return happens


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """For `counts` children each: the parent of every child, and the child's place among them."""
    parent = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    first = np.cumsum(counts) - counts
    return parent, np.arange(len(parent), dtype=np.int64) - first[parent]


def reach(at: Ints, end: int) -> Ints:
    """The same instants, the latest moved into the last hours before `end`: nothing is stale."""
    if len(at) == 0:
        return at
    moved = np.minimum(at, end - 1)
    moved[int(np.argmax(moved))] = end - 2 * HOUR
    return moved


def months_after(at: Ints, months: Ints | int) -> Ints:
    """The same day so many calendar months later, or that month's last day; at midnight."""
    days = at.view("datetime64[s]").astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    later = month + np.asarray(months, dtype=np.int64)
    last = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64)
    place = np.minimum((days - month.astype("datetime64[D]")).astype(np.int64), last - 1)
    shifted: Ints = (later.astype("datetime64[D]").astype(np.int64) + place) * DAY
    return shifted


def month_of(at: Ints) -> Ints:
    """The first instant of the month of each instant."""
    begin = at.view("datetime64[s]").astype("datetime64[M]")
    return begin.astype("datetime64[s]").astype(np.int64)


def half_away(numerator: Ints, denominator: Ints | int) -> Ints:
    """The whole quotient, half rounded away from zero; the denominator is positive."""
    rounded: Ints = (2 * np.abs(numerator) + denominator) // (2 * np.asarray(denominator))
    return np.sign(numerator) * rounded


def draw_instants(
    rng: np.random.Generator, start: int, end: int, size: int, yearly_growth: float = 0.15
) -> Ints:
    """Sorted instants in [start, end): growing, seasonal, in business hours, few at weekends."""
    days = np.arange((end - start) // DAY, dtype=np.int64)
    weekday = (days + start // DAY + 3) % 7
    season = 1 + 0.22 * np.sin(2 * np.pi * (days + start // DAY) / 365.2425 + 4.2)
    weight = np.exp(yearly_growth * days / 365.2425) * season * np.where(weekday >= 5, 0.15, 1.0)
    day = choose(rng, weight, size)
    second = np.clip(rng.normal(13.2, 2.6, size), 0, 23.9) * HOUR
    return np.sort(start + day * DAY + second.astype(np.int64))
