"""The forms of the page: one part of the policy each, with its fields as the proposal has them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboards import words
from dashboards.markup import join, tag
from dashboards.views.what_if.selection import Subject, banded, from_below, in_proportion
from warehouse.policy.drafting import Row, plain

_COMPARISONS = {"at_least": "at least", "above": "above", "at_most": "at most"}


def weights(subject: Subject, rows: Sequence[Row], round_: int) -> list[Row] | str:
    """The weights of an archetype, entered in per cent; or what is wrong with them."""
    entered: dict[str, Decimal] = {}
    with st.container(horizontal=True, key="weights"):
        for row in rows:
            criterion = row["criterion"]
            percent = _field(
                f"{words.criterion(criterion)}, %",
                min_value=0.0,
                max_value=100.0,
                step=1.0,
                value=float(Decimal(row["weight"]) * 100),
                key=f"weight-{subject.key}-{criterion}-{round_}",
                width=132,
                format="%.4g",
            )
            entered[criterion] = words.decimal(percent)
    shares = in_proportion(entered)
    if shares is None:
        return "Give at least one criterion a weight."
    total = sum(entered.values(), Decimal(0))
    st.html(tag("p", _shares_said(total, shares), class_="quiet"))
    return [row | {"weight": shares[row["criterion"]]} for row in rows]


def _shares_said(total: Decimal, shares: Mapping[str, str]) -> str:
    if total == 100:
        return "They add up to 100%."
    parts = [
        f"{words.criterion(criterion)} {words.percent(Decimal(share))}"
        for criterion, share in shares.items()
    ]
    return f"They add up to {words.number(total)}% and count in proportion: {' · '.join(parts)}."


def bands(
    subject: Subject, rows: Sequence[Row], unit: str, highest: Decimal, round_: int
) -> list[Row]:
    """The bands of a metric from below: the line each begins at, and its score."""
    ascending = from_below(rows)
    lines: list[str] = []
    scores: list[tuple[str, str]] = []
    for position, band in enumerate(ascending):
        key = f"{subject.key}-{position}-{round_}"
        with st.container(horizontal=True, key=f"band-{key}", vertical_alignment="bottom"):
            if position:
                lines.append(_line(band, unit, key))
            else:
                st.html(tag("p", "Lowest values", class_="quiet"), width=176)
            score = _score("Score", band["score"], highest, f"score-{key}")
            at_upper = band["score_at_upper_bound"]
            if at_upper:
                at_upper = _score("Score at its end", at_upper, highest, f"end-{key}")
            scores.append((score, at_upper))
    return banded(ascending, lines, scores)


def _line(band: Row, unit: str, key: str) -> str:
    is_rate = unit == "rate"
    word = "From" if band["lower_is_inclusive"] == "true" else "Above"
    value = _field(
        f"{word}, %" if is_rate else f"{word}, {_UNITS.get(unit, words.spelled(unit))}",
        value=float(Decimal(band["lower_bound"]) * (100 if is_rate else 1)),
        step=1.0 if is_rate else None,
        key=f"line-{key}",
        width=176,
        format="%.10g",
    )
    return plain(words.decimal(words.decimal(value) / (100 if is_rate else 1)))


_UNITS = {"usd": "USD", "per_100_install_months": "per 100 install-months"}


def _score(label: str, score: str, highest: Decimal, key: str) -> str:
    value = _field(
        label,
        value=float(score),
        min_value=0.0,
        max_value=float(highest),
        step=1.0,
        key=key,
        width=132,
        format="%.4g",
    )
    return plain(words.decimal(value))


def gates(
    subject: Subject, rows: Sequence[Row], names: Mapping[str, str], round_: int
) -> list[Row]:
    """What a tier asks for; gates of one group stand in for each other."""
    proposed = []
    group = ""
    with st.container(horizontal=True, key="gates"):
        for row in sorted(rows, key=lambda row: (row["gate_group"], row["gate"])):
            either = "or " if row["gate_group"] == group else ""
            group = row["gate_group"]
            label = f"{either}{names[row['gate']]}, {_COMPARISONS[row['comparison']]}"
            value = _field(
                label[:1].upper() + label[1:],
                value=float(row["required"]),
                key=f"gate-{subject.key}-{row['gate_group']}-{row['gate']}-{round_}",
                width=236,
                format="%.10g",
            )
            proposed.append(row | {"required": plain(words.decimal(value))})
    return proposed


def _field(label: str, *, value: float, key: str, **options: Any) -> float:
    """A number that begins with `value`, also when it comes back after it was away."""
    if key not in st.session_state:
        st.session_state[key] = value
    return float(st.number_input(label, key=key, **options))


def errors(messages: Sequence[str]) -> None:
    """What is wrong, beside the fields it is wrong with."""
    st.html(
        tag("div", join(tag("p", message) for message in messages), class_="notice", role="alert")
    )
