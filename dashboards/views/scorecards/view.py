"""Scorecards: all partners, where each stands and where it is going."""

import hashlib

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.markup import join, tag
from dashboards.queries import published
from dashboards.queries.scorecards import scorecards
from dashboards.views.scorecards import compare, table
from dashboards.views.scorecards.selection import (
    DEFAULT_SORT,
    EVERYONE,
    FELL,
    FELL_MOST,
    INCOMPLETE,
    NOTABLE_FALL,
    SHOWS,
    SORTS,
    UNDER_FLOOR,
    UNSCORED,
    Filters,
    select,
    with_shown_scores,
)

MART = "mart_scorecard_weekly"
_UNFILTERED: dict[str, object] = {
    "search": "",
    "tier": [],
    "type": [],
    "show": EVERYONE,
    "sort": DEFAULT_SORT,
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    with shell.loading(visit):
        rows = with_shown_scores(scorecards(visit.edition))
    tier_words = rows["current_tier"].map(words.title, na_action="ignore")
    type_words = rows["partner_type"].map(words.title)
    meanings = published.definitions(visit.edition, MART)
    top = st.container(gap="small")
    filters = _filters(published.tiers(visit.edition), sorted(type_words.unique()))
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
            needs(rows, published.staleness(visit.edition)),
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
    shell.strip(figures(chosen, len(rows), published.tiers(visit.edition), currency, meanings))
    with st.container(key="desk"):
        picked = _wide_table(visit, chosen, filters, meanings)
    with st.container(key="phone"):
        table.show_on_phone(chosen)
    if 2 <= len(picked) <= compare.AT_MOST:
        compare.show(chosen.iloc[picked], visit.imprint.period_start, currency)


def needs(rows: pd.DataFrame, extracts: pd.DataFrame) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    under, fallen, unscored = (
        int(SHOWS[show](rows).sum()) for show in (UNDER_FLOOR, FELL, UNSCORED)
    )
    stale, absent = int(extracts["is_stale"].sum()), int(shell.missing(extracts).sum())
    fell = f"fell {NOTABLE_FALL} or more in 13 weeks"
    here, trust = "scorecards", "data-trust"
    found = (
        (under, "score", "under the coverage floor", here, {"show": UNDER_FLOOR}),
        (fallen, "partner", fell, here, {"show": FELL, "sort": FELL_MOST}),
        (stale, "extract", "stale", trust, {"state": "Stale"}),
        (absent, "extract", "missing", trust, {"state": "Missing"}),
        (unscored, "partner", "not scored", here, {"show": UNSCORED}),
    )
    return [
        shell.Need(words.counted(number, noun), rest, path=path, filters=filters)
        for number, noun, rest, path, filters in found
        if number
    ]


def figures(
    chosen: pd.DataFrame, of: int, tiers: list[str], currency: str, meanings: dict[str, str]
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
            "partners by tier today",
            definition=meanings.get("current_tier"),
        ),
        shell.Figure(
            "Coverage, median",
            words.percent(chosen["coverage"].median(), places=0),
            f"{words.count(int(SHOWS[INCOMPLETE](chosen).sum()))} miss a criterion",
            definition=meanings.get("coverage"),
        ),
        shell.Figure(
            "Sourced won, 13 weeks",
            words.money(won, currency),
            _on_the_weeks_before(won, before),
            definition=meanings.get("won_sourced_cents"),
        ),
    ]


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


def _filters(tiers: list[str], types: list[str]) -> Filters:
    with st.container(horizontal=True, key="filters", vertical_alignment="center"):
        search = st.text_input(
            "Partner, manager, id",
            key="search",
            placeholder="Partner, manager, id",
            icon=":material/search:",
            label_visibility="collapsed",
            width=216,
            max_chars=80,
            bind="query-params",
        )
        chosen_tiers = st.pills(
            "Tier",
            [words.title(tier) for tier in tiers],
            selection_mode="multi",
            key="tier",
            label_visibility="collapsed",
            bind="query-params",
        )
        chosen_types = st.multiselect(
            "Type",
            types,
            key="type",
            placeholder="All types",
            label_visibility="collapsed",
            width=200,
            bind="query-params",
        )
        show = st.selectbox(
            "Show",
            list(SHOWS),
            key="show",
            label_visibility="collapsed",
            width=210,
            bind="query-params",
        )
        sort = st.selectbox(
            "Sort",
            list(SORTS),
            key="sort",
            label_visibility="collapsed",
            width=210,
            bind="query-params",
        )
    return Filters(
        search=search or "",
        tiers=list(chosen_tiers),
        types=list(chosen_types),
        show=show or EVERYONE,
        sort=sort or DEFAULT_SORT,
    )


def _wide_table(
    visit: shell.Visit, chosen: pd.DataFrame, filters: Filters, meanings: dict[str, str]
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
        st.html(tag("p", "Tick two to four partners to compare them.", class_="quiet"))
    return picked
