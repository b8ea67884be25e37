"""What is known of the partner whose pack is made, and how it is spoken to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.dossier import facts
from dashboards.frames import records
from dashboards.packs.content.discretion import Discretion
from dashboards.packs.model import Audience, Cell, Column, Table, Tone
from dashboards.queries.packs import Occasion, Reading
from dashboards.queries.partner import Dossier

ROWS_SHOWN = 12
"""Rows of a list in a pack; what is beyond is counted beneath it."""


@dataclass(frozen=True)
class Known:
    """One partner, as far as it may know everything itself."""

    reading: Reading
    occasion: Occasion
    audience: Audience
    discretion: Discretion

    def rows(self, name: str) -> pd.DataFrame | None:
        """Its rows of a frame, None where the version holds no such mart."""
        return self.reading.shared.of(name, self.occasion.partner_id)

    def some(self, name: str) -> list[Any]:
        """Its rows of a frame one by one; none where there is no such mart."""
        if name not in self._listed:
            rows = self.rows(name)
            self._listed[name] = [] if rows is None else list(records(rows))
        return self._listed[name]

    @cached_property
    def _listed(self) -> dict[str, list[Any]]:
        return {}

    def lacks(self, name: str) -> bool:
        """Whether the version holds no such mart."""
        return name not in self.reading.shared.frames

    @cached_property
    def dossier(self) -> Dossier:
        """The rows as the partner's page knows them, without what is for us alone."""

        def rows(name: str) -> pd.DataFrame:
            found = self.rows(name)
            return pd.DataFrame() if found is None else found

        return Dossier(
            partner=rows("partner"),
            weeks=rows("weeks"),
            metrics=rows("metrics"),
            criteria=rows("criteria"),
            gates=self.rows("gates"),
            recommendations=self.rows("outlook"),
            path=self.rows("path"),
            bridge=self.rows("bridge"),
            health=self.rows("health"),
            si_quality=self.rows("si_quality"),
            remediation=None,
            tiers=None,
            projects=self.rows("projects"),
            cohorts=self.rows("cohorts"),
            terms=self.rows("terms"),
        )

    @cached_property
    def is_scored(self) -> bool:
        """Whether it has a scorecard of the version's latest week."""
        weeks, start = self.dossier.weeks, self.reading.imprint.period_start
        return (
            not weeks.empty and start is not None and weeks["period_start"].iloc[-1].date() == start
        )

    @cached_property
    def name(self) -> str:
        """The partner's name; its key where the source has none."""
        name = self.dossier.who.partner_name
        return self.occasion.partner_id if words.is_absent(name) else str(name)

    @cached_property
    def manager(self) -> str:
        """Who of us manages the partner; empty where nobody does."""
        manager = self.dossier.who.partner_manager
        return "" if words.is_absent(manager) else self.said(manager, "")

    @cached_property
    def review(self) -> Any:
        """The review to prepare, or None."""
        return next(
            (row for row in self.some("reviews") if row.review_id == self.occasion.review_id), None
        )

    @cached_property
    def as_of(self) -> date:
        """The last day the numbers know."""
        return self.reading.imprint.as_of

    @cached_property
    def currency(self) -> str:
        """The reporting currency."""
        return self.reading.programme.currency

    @property
    def is_internal(self) -> bool:
        """Whether the pack is for us alone."""
        return self.audience == "internal"

    @property
    def you(self) -> str:
        """Who the partner is in a sentence."""
        return "they" if self.is_internal else "you"

    @property
    def your(self) -> str:
        """Whose it is in a sentence."""
        return "their" if self.is_internal else "your"

    def withheld(self, text: object) -> str | None:
        """Why words of others are not for this pack's readers, None where they may stand."""
        if self.is_internal:
            return None
        return self.discretion.reason(str(text), self.occasion.partner_id)

    def said(self, text: object, otherwise: str) -> str:
        """Words of others, or what stands for them where they are not for this pack's readers."""
        return otherwise if self.withheld(text) else tidy(str(text))

    def customer(self, row: Any) -> str:
        """A customer by name, else by key."""
        key = (
            words.ABSENT
            if words.is_absent(row.account_id)
            else self.said(row.account_id, "a customer")
        )
        return key if words.is_absent(row.account_name) else self.said(row.account_name, key)

    def metric(self, key: str, weeks_ago: int = 0) -> Any:
        """A metric's row of a week, or None."""
        if not self.is_scored:
            return None
        start = self.dossier.now.period_start - pd.Timedelta(weeks=weeks_ago)
        return self._weekly_metrics.get((key, start))

    @cached_property
    def _weekly_metrics(self) -> dict[tuple[str, Any], Any]:
        return {
            (row.metric_key, row.period_start): row
            for row in self.some("metrics")
            if row.period_kind == "week"
        }

    def metric_words(self, row: Any) -> str:
        """A metric's value in words, or why there is none."""
        value = None if row is None else facts.exact(row.value)
        if row is None:
            return words.ABSENT
        if value is None:
            gone = self.reading.programme.absent_extracts
            return facts.absence(row, self.dossier.who.partner_type, gone)
        return words.measure(value, str(row.unit), self.currency)

    def money(self, cents: Any, tone: Tone = "plain") -> Cell:
        """An amount in the reporting currency."""
        if words.is_absent(cents):
            return Cell(words.ABSENT, None, "quiet")
        whole = int(cents)
        return Cell(words.money(whole, self.currency), words.major(whole, self.currency), tone)


def tidy(text: str) -> str:
    """One line without control characters; marks of direction stay."""
    return " ".join("".join(c if c.isprintable() or c in _MARKS else " " for c in text).split())


_MARKS = frozenset("\u200c\u200d\u200e\u200f\u061c")


def count(value: Any, tone: Tone = "plain") -> Cell:
    """A whole number."""
    if words.is_absent(value):
        return Cell(words.ABSENT, None, "quiet")
    return Cell(words.count(int(value)), Decimal(int(value)), tone)


def percent(value: Any, tone: Tone = "plain") -> Cell:
    """A share of 1."""
    if words.is_absent(value):
        return Cell(words.ABSENT, None, "quiet")
    exact = words.decimal(value)
    return Cell(words.percent(exact), exact, tone)


def day(value: Any, of: date, tone: Tone = "plain") -> Cell:
    """A date."""
    if words.is_absent(value):
        return Cell(words.ABSENT, None, "quiet")
    at = value.date() if isinstance(value, datetime) else value
    return Cell(words.day_within(at, of), at, tone)


def listed_table(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[Cell, ...]],
    note: str = "",
    *,
    noun: str = "row",
    shown: int = ROWS_SHOWN,
) -> Table:
    """A table of the first rows that says how many there are more."""
    more = len(rows) - shown
    beyond = f"{words.counted(more, f'more {noun}', f'more {noun}s')} not shown" if more > 0 else ""
    told = ". ".join(part for part in (note.rstrip("."), beyond) if part)
    return Table(title, tuple(columns), tuple(rows[:shown]), told)


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spelled_count(value: int, one: str, many: str | None = None) -> str:
    """A small count in words with its noun: two certificates, 12 deals."""
    number = _NUMERALS[value] if value < len(_NUMERALS) else words.count(value)
    return f"{number} {one if value == 1 else many or one + 's'}"
