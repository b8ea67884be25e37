"""Scorecards: all partners, where each stands and where it is going."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.charts import marks
from dashboards.markup import join, tag
from dashboards.queries import published
from dashboards.queries.partner import health_tones
from dashboards.queries.scorecards import scorecards
from dashboards.queries.tiers import without_contract
from dashboards.views.scorecards import compare, table
from dashboards.views.scorecards.selection import (
    DECISIONS,
    DEFAULT_SORT,
    EVERYONE,
    FELL,
    FELL_IN_HEALTH,
    FELL_MOST,
    INCOMPLETE,
    LAPSED,
    MOVEMENTS,
    NOTABLE_FALL,
    SHOWS,
    SORTS,
    UNDER_FLOOR,
    UNSCORED,
    Filters,
    select,
    with_shown_scores,
)
from dashboards.views.tier_changes.selection import undecided_ends
from warehouse.ledger import Decision, LedgerUnavailableError, decisions

MART = "mart_scorecard_weekly"
_UNFILTERED: dict[str, object] = {
    "search": "",
    "tier": [],
    "type": [],
    "health": [],
    "movement": [],
    "show": EVERYONE,
    "sort": DEFAULT_SORT,
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    with shell.loading(visit):
        rows = with_shown_scores(scorecards(visit.edition))
        gone = without_contract(visit.edition)
    entries = _entries(visit)
    rows = rows.assign(
        is_without_contract=rows["partner_id"].isin(gone["partner_id"]),
        is_lapsed=rows["partner_id"].isin(undecided_ends(gone, entries)["partner_id"]),
    )
    tier_words = rows["current_tier"].map(words.title, na_action="ignore")
    type_words = rows["partner_type"].map(words.title)
    meanings = published.definitions(visit.edition, MART)
    if today := published.definitions(visit.edition, "dim_partner").get("current_tier"):
        meanings = {**meanings, "current_tier": today}
    top = st.container(gap="small")
    is_judged = published.has(visit.edition, MART, "health_band")
    tones = health_tones(visit.edition) if is_judged else {}
    filters = _filters(
        published.tiers(visit.edition), sorted(type_words.unique()), list(tones), is_judged
    )
    chosen = select(rows, filters, tiers=tier_words, types=type_words)
    with top:
        shell.head(
            "Scorecards",
            visit,
            shell.Takeaway(
                f"scorecards-{visit.imprint.version}",
                {"scorecards": lambda: table.export_rows(chosen)},
            ),
            {
                header: meanings[source]
                for header, source in table.COLUMNS.items()
                if source in meanings
            },
        )
        shell.stale_notice(visit.edition)
        shell.needs_you(
            needs(rows, published.staleness(visit.edition), decided=_decided(entries)),
            visit,
            "Nothing needs you this week",
            unfiltered=_UNFILTERED,
        )
    if rows.empty or visit.imprint.period_start is None:
        shell.state("No partner is in this version.", "Its extracts held none.")
        return
    if chosen.empty:
        sentence = f"No partner matches {words.listed(filters.said)}."
        shell.no_match(sentence, unfiltered=_UNFILTERED)
        return
    currency = published.setting(visit.edition, "reporting_currency") or "USD"
    maximum = published.score_maximum(visit.edition)
    shell.strip(
        figures(chosen, len(rows), published.tiers(visit.edition), currency, meanings, tones=tones)
    )
    with st.container(key="desk"):
        picked = _wide_table(visit, chosen, filters, meanings, tones)
    with st.container(key="phone"):
        table.show_on_phone(chosen)
    if 2 <= len(picked) <= compare.AT_MOST:
        compare.show(chosen.iloc[picked], visit.imprint.period_start, currency, maximum)


def needs(
    rows: pd.DataFrame, extracts: pd.DataFrame, *, decided: frozenset[str] = frozenset()
) -> list[shell.Need]:
    """What a reader should act on, most pressing first; `decided` are recommendations done with."""
    shown = {show: int(SHOWS[show](rows).sum()) for show in SHOWS}
    stale, absent = int(extracts["is_stale"].sum()), int(shell.missing(extracts).sum())
    is_open = ~rows["recommendation_id"].isin(decided)
    to_decide = int((rows["movement"].isin(DECISIONS) & is_open).sum())
    to_warn = int(rows["movement"].eq("warn").sum())
    fell = f"fell {NOTABLE_FALL} or more in 13 weeks"
    here, trust = "scorecards", "data-trust"
    to_be_decided = [words.title(key) for key in DECISIONS]
    found: tuple[tuple[int, str, str, str, dict[str, Any]], ...] = (
        (to_decide, "tier change", "to decide", here, {"movement": to_be_decided}),
        (shown[UNDER_FLOOR], "score", "under the coverage floor", here, {"show": UNDER_FLOOR}),
        (
            shown[FELL_IN_HEALTH],
            "partner",
            "fell a health band this week",
            here,
            {"show": FELL_IN_HEALTH},
        ),
        (shown[LAPSED], "contract", "ended since the quarter", here, {"show": LAPSED}),
        (stale, "extract", "stale", trust, {"state": "Stale"}),
        (absent, "extract", "missing", trust, {"state": "Missing"}),
        (to_warn, "first miss", "to warn of", here, {"movement": ["Warn"]}),
        (shown[FELL], "partner", fell, here, {"show": FELL, "sort": FELL_MOST}),
        (shown[UNSCORED], "partner", "not scored", here, {"show": UNSCORED}),
    )
    return [
        shell.Need(
            words.counted(number, noun, "first misses" if noun == "first miss" else None),
            rest,
            path=path,
            filters=filters,
        )
        for number, noun, rest, path, filters in found
        if number
    ]


def _entries(visit: shell.Visit) -> list[Decision]:
    """What is decided; nothing while the ledger is away."""
    try:
        return decisions(visit.settings)
    except LedgerUnavailableError:
        return []


def _decided(entries: Sequence[Decision]) -> frozenset[str]:
    """The recommendations with a final verdict."""
    return frozenset(e.recommendation for e in entries if e.is_final and e.recommendation)


def figures(
    chosen: pd.DataFrame,
    of: int,
    tiers: list[str],
    currency: str,
    meanings: Mapping[str, str],
    *,
    tones: Mapping[str, str],
) -> list[shell.Figure]:
    """The numbers above the table, of the chosen partners; `of` counts all of them."""
    scored = chosen["weighted_score"].notna()
    under = int(SHOWS[UNDER_FLOOR](chosen).sum())
    median = chosen["weighted_score"].median()
    change = words.score_change(median, chosen["weighted_score_13_weeks_ago"].median())
    by_tier = chosen["current_tier"].value_counts()
    falling = list(reversed(tiers))
    won, before = _sum(chosen["won_13w_cents"]), _sum(chosen["won_13w_before_cents"])
    return [
        shell.Figure(
            "Partners scored",
            words.count(int(scored.sum())),
            f"{words.count(under)} under the coverage floor",
            f"of {words.count(len(chosen))}"
            + (f", {words.count(of)} in all" if len(chosen) < of else ""),
        ),
        shell.Figure(
            "Median score",
            words.score(median),
            join([marks.change(change), " in 13 weeks"]),
            definition=meanings.get("weighted_score"),
        ),
        shell.Figure(
            " · ".join(words.title(tier) for tier in falling),
            " · ".join(words.count(int(by_tier.get(tier, 0))) for tier in falling),
            would_qualify(chosen, falling),
            definition=meanings.get("current_tier"),
        ),
        _well(chosen, meanings, tones) if tones else _covered(chosen, meanings),
        shell.Figure(
            "Sourced won, 13 weeks",
            words.money(won, currency),
            _on_the_weeks_before(won, before),
            definition=meanings.get("won_sourced_cents"),
        ),
    ]


def would_qualify(chosen: pd.DataFrame, falling: list[str]) -> str:
    """How many would qualify for each tier, in the order of the tiers given."""
    if chosen["qualified_tier"].isna().all():
        return "partners by tier today"
    counts = chosen["qualified_tier"].value_counts()
    said = "would qualify: " + " · ".join(words.count(int(counts.get(t, 0))) for t in falling)
    none = chosen[~chosen["qualified_tier"].isin(falling)]
    if none.empty:
        return said
    without = int(none["is_without_contract"].sum())
    number = "" if without == len(none) else f"{words.count(without)} of them "
    return f"{said}, none {words.count(len(none))}" + (f" ({number}no contract)" if without else "")


def _well(
    chosen: pd.DataFrame, meanings: Mapping[str, str], tones: Mapping[str, str]
) -> shell.Figure:
    """How many stand in a good band of health, now and a week ago."""
    good = [band for band, tone in tones.items() if tone == "good"]
    now = int(chosen["health_band"].isin(good).sum())
    change = words.decimal(now - int(chosen["health_band_last_week"].isin(good).sum()))
    return shell.Figure(
        f"{good[-1]} or better" if good else "Well",
        words.count(now),
        join([marks.change(change, pattern="{:.0f}"), " since last week"]),
        definition=meanings.get("health_band"),
    )


def _covered(chosen: pd.DataFrame, meanings: Mapping[str, str]) -> shell.Figure:
    return shell.Figure(
        "Coverage, median",
        words.percent(chosen["coverage"].median(), places=0),
        f"{words.count(int(SHOWS[INCOMPLETE](chosen).sum()))} miss a criterion",
        definition=meanings.get("coverage"),
    )


def _sum(cents: pd.Series) -> int | None:
    return None if cents.isna().all() else int(cents.sum())


def _on_the_weeks_before(won: int | None, before: int | None) -> str:
    if won is None:
        return "source missing"
    if not before:
        return "nothing in the 13 weeks before"
    share = words.decimal(won) / before - 1
    arrow = words.delta(share * 100, pattern="{:.1f}%")
    kind = "good" if share > 0 else "bad"
    return join([tag("span", arrow, class_=f"delta {kind}"), " on the 13 before"])


def _filters(tiers: list[str], types: list[str], bands: list[str], is_judged: bool) -> Filters:
    chosen_health: list[str] = []
    chosen_movements: list[str] = []
    with filters.row():
        search = filters.search(width=180)
        chosen_tiers = filters.pills("Tier", [words.title(tier) for tier in tiers], key="tier")
        chosen_types = filters.several("Type", types, key="type", nothing="All types", width=130)
        if is_judged:
            chosen_health = filters.several(
                "Health", bands, key="health", nothing="Any health", width=130
            )
            chosen_movements = filters.several(
                "Movement",
                [words.title(key) for key in MOVEMENTS],
                key="movement",
                nothing="Any movement",
                width=150,
            )
        show = filters.choice("Show", list(SHOWS), key="show", width=160)
        sort = filters.choice("Sort", list(SORTS), key="sort", width=160)
    return Filters(
        search=search,
        tiers=chosen_tiers,
        types=chosen_types,
        health=chosen_health,
        movements=chosen_movements,
        show=show,
        sort=sort,
    )


def _wide_table(
    visit: shell.Visit,
    chosen: pd.DataFrame,
    filters: Filters,
    meanings: Mapping[str, str],
    tones: Mapping[str, str],
) -> list[int]:
    """The table under a key of its view: ticks are positions, and belong to one order of rows.

    The ticked partners' ids are in the address as `compare`, so a link opens the same comparison
    and another order of rows keeps it.
    """
    asked = st.query_params.get_all("compare")
    positions = chosen.index[chosen["partner_id"].isin(asked)].tolist()
    view = hashlib.sha256(repr((visit.edition.version, filters)).encode()).hexdigest()[:12]
    picked = table.show_wide(
        chosen,
        meanings,
        published.tiers(visit.edition),
        tones,
        published.score_maximum(visit.edition),
        key=f"table-{view}",
        selected=positions,
    )
    ids = chosen["partner_id"].iloc[picked].tolist()
    if ids != asked:
        st.query_params["compare"] = ids
    if len(picked) > compare.AT_MOST:
        st.html(
            tag(
                "p",
                f"{len(picked)} are ticked; four compare at most.",
                class_="quiet",
            )
        )
    elif len(picked) < 2:
        said = "The arrow opens a partner. Tick two to four partners to compare them."
        st.html(tag("p", said, class_="quiet"))
    return picked
