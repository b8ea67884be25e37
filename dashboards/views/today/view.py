"""Today: what waits for you, what changed since last week, what is to come, and what to trust."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import streamlit as st

from dashboards import news, shell, words
from dashboards.access import ROLE_WORDS, ROLES, Role
from dashboards.charts import marks
from dashboards.markup import Html, join, tag
from dashboards.news import Item
from dashboards.news.item import by_subject
from dashboards.queries import published, today
from dashboards.queries.today import Week
from dashboards.views.today import tables

EVERYBODY = "Everyone"
_AS: dict[str, Role] = {
    words.title(ROLE_WORDS[role]).replace("-", " "): role for role in ROLES if role != "admin"
}
_DEFINED = {
    "Score": ("mart_scorecard_weekly", "weighted_score"),
    "Coverage": ("mart_scorecard_weekly", "coverage"),
    "Health": ("mart_scorecard_weekly", "health_score"),
    "Tier changes": ("fct_tier_recommendation", "action"),
    "Leak": ("fct_leakage_check", "state"),
    "Overdue payout": ("fct_payout_due", "is_overdue"),
    "Sourced, influenced": ("fct_attribution_outcome", "outcome"),
    "Late project": ("fct_project", "is_late"),
    "Pre-read": ("fct_business_review", "pre_read_state"),
    "Off target": ("mart_ecosystem_kpi", "status"),
    "Service levels": ("fct_sla_weekly", "breached"),
    "Stuck in onboarding": ("fct_onboarding", "is_stuck"),
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version, for who looks at it."""
    ledger = news.read_ledger(visit.settings, visit.imprint.published_at if visit.is_past else None)
    with shell.loading(visit):
        older = today.edition_before(visit.settings, visit.edition)
        found, week = _told(visit.edition, older, ledger.length, ledger)
    if ledger.trouble:
        said = f"What people decided cannot be read: {ledger.trouble}"
        st.html(tag("div", tag("p", said), class_="notice", role="status"))
    top = st.container(gap="small")
    role = _as_whom(visit)
    items = news.of_role(found, role, visit.pages)
    waits = news.of_part(items, "waits")
    with top:
        _top(visit, items)
    shell.strip(figures(week, items, visit, role))
    main, aside = st.columns([2, 1], gap="large")
    with main:
        _waiting(visit, waits, names_roles=role == "admin")
    with aside:
        if _has_reviews(role, visit):
            _reviews(visit, week, items)
        _data(news.of_part(items, "data"))
    _changed(visit, older, news.of_part(items, "changed"))


@st.cache_data(max_entries=16, show_spinner=False)
def _told(
    edition: published.Edition,
    older: published.Edition | None,
    length: tuple[int, ...],  # noqa: ARG001 - a ledger only grows: its length is what it holds
    _ledger: news.Ledger,
) -> tuple[list[Item], Week]:
    """The lines of a version, and of its week what the numbers above them are made of."""
    week = today.week(edition)
    found = news.items(
        week,
        None if older is None else today.before(older),
        _ledger,
        today.partner_names(edition),
    )
    return found, replace(week, leaks=None, claims=None, movers=week.movers.head(0))


def _as_whom(visit: shell.Visit) -> Role:
    """The reader's role; an administrator may look as anybody."""
    if visit.viewer.role != "admin":
        return visit.viewer.role
    with st.container(horizontal=True, key="filters", vertical_alignment="center"):
        chosen = st.pills(
            "For whom",
            [EVERYBODY, *_AS],
            default=EVERYBODY,
            key="for",
            required=True,
            label_visibility="collapsed",
            bind="query-params",
        )
    return _AS.get(chosen or EVERYBODY, "admin")


def _top(visit: shell.Visit, items: Sequence[Item]) -> None:
    meanings = {
        term: meaning
        for term, (mart, column) in _DEFINED.items()
        if (meaning := published.definitions(visit.edition, mart).get(column))
    }
    shell.head(
        "Today",
        visit,
        shell.Takeaway(
            f"today-{visit.imprint.version}", {"today": lambda: tables.export_rows(items)}
        ),
        meanings,
    )
    shell.stale_notice(visit.edition)
    shell.needs_you(needs(items), visit, "Nothing needs you this week", unfiltered={})


def needs(items: Sequence[Item]) -> list[shell.Need]:
    """What waits, then what is wrong with the data; the page shows the first four."""
    pressing = [*news.of_part(items, "waits"), *_data_needs(items)]
    return [
        shell.Need(
            " ".join(filter(None, [item.lead + ("," if item.value else ""), item.value])),
            _short(item.rest),
            path=item.path,
            filters=item.filters,
        )
        for item in pressing
    ]


def _data_needs(items: Sequence[Item]) -> list[Item]:
    failed = [item for item in news.of_part(items, "data") if item.subject == "Checks"]
    if not failed:
        return []
    lead = words.counted(len(failed), "check")
    return [Item("data", "Checks", lead, "failed", "data-trust", tone="watch")]


def _short(rest: str) -> str:
    """The start of a line that says more than fits beside others."""
    return rest.partition(":")[0].partition(", ")[0]


def figures(
    week: Week, items: Sequence[Item], visit: shell.Visit, role: Role
) -> list[shell.Figure]:
    """The week in five or six numbers."""
    standing = week.standing
    scored, partners = int(standing.scored), int(standing.partners)
    moved = words.score_change(standing.median, standing.median_before)
    meanings = published.definitions(visit.edition, "mart_scorecard_weekly")
    waits = news.of_part(items, "waits")
    urgent = sum(item.tone == "bad" for item in waits)
    data = news.of_part(items, "data")
    failed = sum(item.subject == "Checks" for item in data)
    won = [item for item in news.of_part(items, "changed") if item.subject == "Won with partners"]
    return [
        shell.Figure(
            "Waiting",
            words.count(len(waits)),
            f"{words.count(urgent)} urgent" if urgent else "none urgent",
            "matter" if len(waits) == 1 else "matters",
        ),
        shell.Figure(
            "Median score",
            words.score(standing.median),
            join([marks.change(moved), " on last week"]),
            definition=meanings.get("weighted_score"),
        ),
        shell.Figure(
            "Partners scored",
            words.count(scored),
            f"{words.count(int(standing.below_floor))} under the coverage floor",
            f"of {words.count(partners)}",
            definition=meanings.get("coverage"),
        ),
        shell.Figure(
            "Won with partners",
            words.ABSENT if week.won is None else words.count(len(won)),
            "this version cannot tell" if week.won is None else "in the week",
            "" if week.won is None else ("deal" if len(won) == 1 else "deals"),
        ),
        *_own_figure(week, items, visit, role),
        shell.Figure(
            "Checks failed",
            words.count(failed),
            _freshness(week),
            definition="Checks of extracts and marts that this version did not pass.",
        ),
    ]


def _own_figure(
    week: Week, items: Sequence[Item], visit: shell.Visit, role: Role
) -> list[shell.Figure]:
    """The reviews to come; to whom they are not, the first amount that waits for them."""
    if _has_reviews(role, visit):
        reviews = news.of_part(items, "reviews")
        sent = sum(item.tone == "good" for item in reviews)
        return [
            shell.Figure(
                "Reviews in two weeks",
                words.ABSENT if week.reviews is None else words.count(len(reviews)),
                "this version cannot tell"
                if week.reviews is None
                else f"{words.count(sent)} with the pre-read sent",
            )
        ]
    amounts = [item for item in news.of_part(items, "waits") if item.value]
    return [
        shell.Figure(item.subject, item.value, f"{item.lead} {_short(item.rest)}")
        for item in amounts[:1]
    ]


def _has_reviews(role: Role, visit: shell.Visit) -> bool:
    return role in news.REVIEW_ROLES and "business-reviews" in visit.pages


def _freshness(week: Week) -> str:
    stale = int(week.extracts["is_stale"].sum())
    absent = int(shell.missing(week.extracts).sum())
    said = [f"{n} {how}" for n, how in ((stale, "stale"), (absent, "missing")) if n]
    return f"extracts: {', '.join(said)}" if said else "all extracts fresh"


def _waiting(visit: shell.Visit, waits: Sequence[Item], *, names_roles: bool) -> None:
    shell.section("Waiting for you", "The most pressing first; each leads to the page of its rows.")
    if not waits:
        shell.state("Nothing waits for you.")
        return
    st.html(tables.waiting_table(waits, visit.imprint.as_of, names_roles=names_roles))


def _reviews(visit: shell.Visit, week: Week, items: Sequence[Item]) -> None:
    first = visit.imprint.as_of + timedelta(days=1)
    last = visit.imprint.as_of + timedelta(days=today.REVIEW_DAYS)
    to_come = news.of_part(items, "reviews")
    span = f"{words.day_within(first, last)} to {words.day(last)}."
    shell.section("Reviews in two weeks", span)
    if week.reviews is None:
        shell.state("This version knows of no business reviews.")
    elif not to_come:
        shell.state("No review is planned.")
    else:
        st.html(tables.reviews_list(to_come, visit.imprint.as_of))


def _data(items: Sequence[Item]) -> None:
    shell.section("Data", "Whether what you read can be trusted.")
    if not items:
        shell.state("Every check passed, every extract is fresh, and nothing was refused.")
        return
    st.html(tables.data_list(items))
    if all(item.subject == "Refused" for item in items):
        said = "Every check passed and every extract is fresh."
        st.html(tag("p", said, class_="quiet"))


def _changed(visit: shell.Visit, older: published.Edition | None, items: Sequence[Item]) -> None:
    shell.section("Since last week")
    st.html(tag("p", _compared(visit, older), class_="quiet"))
    if not items:
        shell.state("Nothing that you follow changed.")
        return
    st.html(tables.changes_grid(by_subject(items), visit.imprint.as_of))


def _compared(visit: shell.Visit, older: published.Edition | None) -> Html:
    imprint = visit.imprint
    if imprint.period_start is None:
        return join(["No week has a partner."])
    last = imprint.period_start - timedelta(days=7)
    weeks = f"Week of {words.day_within(imprint.period_start, imprint.as_of)} against the week of "
    data = (
        "no older version is kept to compare refused data with"
        if older is None
        else f"refused data against version {older.version}"
    )
    return join([weeks, words.day_within(last, imprint.as_of), "; ", data, "."])
