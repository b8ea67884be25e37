"""Deal registration: which claims wait, which run out, who prevails, and who answers for them."""

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboards import filters, shell, words
from dashboards.charts import marks
from dashboards.markup import join
from dashboards.queries import published
from dashboards.queries.published import Edition
from dashboards.queries.registrations import MART, Registrations, is_published, registrations
from dashboards.reconciliation import with_reconciliation
from dashboards.views.deal_registration import tables
from dashboards.views.deal_registration.selection import (
    EVERY_CLAIM,
    EVERYBODY,
    EXPIRES_SOON,
    EXPIRING,
    LATE,
    PENDING,
    SHOWS,
    SORTS,
    STATUS_WORDS,
    STATUSES,
    URGENT,
    WRONGLY_REOPENED,
    Filters,
    judged,
    select,
)

AT_ONCE = 20
RECENT = timedelta(weeks=13)
_CONFLICTS = "conflicts"
_UNFILTERED: dict[str, object] = {
    "search": "",
    "status": [],
    "owner": EVERYBODY,
    "show": EVERY_CLAIM,
    "sort": URGENT,
}
_DEFINED = (
    "status",
    "valid_until",
    "response_hours",
    "is_within_target",
    "ruling",
    "routed_to",
    "opportunity_id",
)


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    if not is_published(visit.edition):
        shell.head("Deal registration", visit, shell.Takeaway("deal-registration", {}), {})
        shell.state(
            "This version does not say who answers for a claim.",
            "It was published before deal registrations were routed.",
        )
        return
    with shell.loading(visit):
        known = registrations(visit.edition)
    as_of = visit.imprint.as_of
    claims = _judged(visit.edition, as_of)
    top = st.container(gap="small")
    if claims.empty:
        with top:
            _top(visit, known, claims, claims)
        _nothing(known)
        return
    asked = _filters(claims)
    chosen = _chosen(visit.edition, as_of, asked)
    with top:
        _top(visit, known, claims, chosen)
        shell.strip(figures(claims, known, as_of))
    _claims(visit, known, chosen, asked)
    _conflicts(claims, as_of)
    states, answers, routing = st.columns([1, 1, 1], gap="large")
    with states:
        shell.section("Where claims stand", f"{words.counted(len(claims), 'claim')} in all.")
        st.html(tables.states_table(claims))
    with answers:
        _answers(claims, known, as_of)
    with routing:
        shell.section(
            "Routing", "By the account's segment and the phase of the deal, as policy has it."
        )
        st.html(tables.routing_table(claims, _owners(claims)))


# Shared by everybody who looks, and changed by nobody: a big programme has claims by the 100,000.
@st.cache_resource(max_entries=4, show_spinner=False)
def _judged(edition: Edition, as_of: date) -> pd.DataFrame:
    return judged(registrations(edition).claims, as_of)


@st.cache_resource(max_entries=16, show_spinner=False)
def _chosen(edition: Edition, as_of: date, asked: Filters) -> pd.DataFrame:
    return select(_judged(edition, as_of), asked)


def _nothing(known: Registrations) -> None:
    if known.is_present:
        shell.state("No deal is registered yet.", "The first claim comes with the first row.")
    else:
        shell.state(
            "No extract of deal registrations is there.",
            "Without it nobody can have sourced a deal, and nothing here is shown as 0.",
        )


def _top(
    visit: shell.Visit, known: Registrations, claims: pd.DataFrame, chosen: pd.DataFrame
) -> None:
    meanings = published.definitions(visit.edition, MART)
    takeaway = shell.Takeaway(
        f"deal-registration-{visit.imprint.version}",
        {"claims": lambda: tables.export_claims(chosen)},
    )
    shell.head(
        "Deal registration",
        visit,
        with_reconciliation(visit.edition, takeaway),
        {words.title(key): meanings[key] for key in _DEFINED if meanings.get(key)},
    )
    shell.stale_notice(visit.edition)
    shell.needs_you(
        needs(claims, known.target_hours, visit.imprint.as_of),
        visit,
        "No claim needs you this week",
        unfiltered=_UNFILTERED,
    )


def needs(claims: pd.DataFrame, target_hours: int | None, as_of: date) -> list[shell.Need]:
    """What a reader should act on, most pressing first."""
    found = []
    late = int(claims["is_waiting_late"].sum())
    if late:
        rest = "without an answer" + ("" if target_hours is None else f" after {target_hours} h")
        filters = {"show": LATE, "status": [STATUS_WORDS[PENDING]]}
        found.append(shell.Need(words.counted(late, "claim"), rest, filters=filters))  # type: ignore[arg-type]
    expiring = claims[claims["is_expiring"]]
    if len(expiring):
        first = words.day_within(expiring["valid_until"].min(), as_of)
        rest = f"run out in {EXPIRES_SOON.days} days, the first on {first}"
        if len(expiring) == 1:
            rest = f"runs out on {first}"
        found.append(
            shell.Need(
                words.counted(len(expiring), "claim"),
                rest,
                filters={"show": EXPIRING, "sort": "First to expire"},
            )
        )
    accounts = claims.loc[claims["is_disputed"], "account_id"].nunique()
    if accounts:
        rest = "claimed by several" if accounts > 1 else "claimed twice or more"
        found.append(shell.Need(words.counted(accounts, "account"), rest, section=_CONFLICTS))
    wrong = int(claims["status"].eq("invalid_reopen").sum())
    if wrong:
        rest = "reopened by somebody who may not"
        found.append(
            shell.Need(words.counted(wrong, "claim"), rest, filters={"show": WRONGLY_REOPENED})
        )
    return found


def figures(claims: pd.DataFrame, known: Registrations, as_of: date) -> list[shell.Figure]:
    """The numbers above the table."""
    pending = claims[claims["status"].eq(PENDING)]
    in_force = claims[claims["is_in_force"]]
    late = int(claims["is_waiting_late"].sum())
    expiring = int(claims["is_expiring"].sum())
    submitted = pd.to_datetime(claims["submitted_at"])
    recent = claims[submitted >= pd.Timestamp(as_of) + timedelta(days=1) - RECENT]
    answered = recent["is_within_target"].dropna().astype(bool)
    hours = recent["response_hours"].median()
    disputed = claims[claims["is_disputed"]]
    return [
        shell.Figure(
            "Waiting for an answer",
            words.count(len(pending)),
            f"{words.count(late)} past the target" if late else "none past the target",
        ),
        shell.Figure(
            "In force",
            words.count(len(in_force)),
            f"{words.count(int(in_force['has_deal'].sum()))} with a deal",
        ),
        shell.Figure(
            f"Run out in {EXPIRES_SOON.days} days",
            words.count(expiring),
            "unless renewed with proof" if expiring else "none",
        ),
        shell.Figure("Answered in time", *_in_time(answered, known)),
        shell.Figure(
            "Median answer",
            words.ABSENT if words.is_absent(hours) else words.number(hours, places=0),
            f"target {known.target_hours} h" if known.target_hours is not None else "",
            "" if words.is_absent(hours) else "h",
        ),
        shell.Figure(
            "Accounts in conflict",
            words.count(disputed["account_id"].nunique()),
            f"{words.counted(len(disputed), 'claim')}, all ruled on",
        ),
    ]


def _in_time(answered: "pd.Series[bool]", known: Registrations) -> tuple[str, str]:
    if answered.empty:
        return words.ABSENT, "no claim to judge in 13 weeks"
    share = float(answered.mean())
    if known.goal is None:
        return words.percent(share), "13 weeks, no goal"
    goal = words.percent(known.goal)
    kind, said = ("good", "on target") if share >= known.goal else ("bad", "off target")
    return (
        words.percent(share),
        join([marks.judged(kind, said), f", goal {goal}, 13 weeks"]),  # type: ignore[arg-type]
    )


def _owners(claims: pd.DataFrame) -> list[str]:
    """Who claims are routed to, whoever has most first."""
    return [str(owner) for owner in claims["routed_to"].dropna().value_counts().index]


def _filters(claims: pd.DataFrame) -> Filters:
    with filters.row():
        search = filters.search("Partner, account, deal, id")
        statuses = filters.several(
            "State",
            [STATUS_WORDS[status] for status in STATUSES],
            key="status",
            nothing="All states",
            width=220,
        )
        owner = filters.choice(
            "Owner", [EVERYBODY, *sorted(_owners(claims))], key="owner", width=140
        )
        show = filters.choice("Show", list(SHOWS), key="show", width=220)
        sort = filters.choice("Sort", list(SORTS), key="sort", width=210)
    return Filters(search, tuple(statuses), owner, show, sort)


def _claims(visit: shell.Visit, known: Registrations, chosen: pd.DataFrame, asked: Filters) -> None:
    silence = (
        ""
        if known.silence_days is None
        else f"; {words.counted(known.silence_days, 'day')} of silence end a claim earlier"
    )
    shell.section(
        "Claims",
        "Where each stands at the end of the data's last day. Valid until is the first day on "
        f"which it no longer holds{silence}.",
    )
    if chosen.empty:
        shell.no_match(f"No claim matches {words.listed(asked.said)}.", unfiltered=_UNFILTERED)
        return
    meanings = published.definitions(visit.edition, MART)
    shown = st.session_state.get("claims", AT_ONCE)
    st.html(
        tables.claims_table(
            chosen.head(shown),
            meanings,
            visit.imprint.as_of,
            leads_to_deals=tables.ATTRIBUTION in visit.pages,
        )
    )
    if len(chosen) > shown:
        st.button(
            f"Show more claims: {words.count(shown)} of {words.count(len(chosen))}",
            on_click=lambda: st.session_state.update({"claims": shown + AT_ONCE}),
        )


def _conflicts(claims: pd.DataFrame, as_of: date) -> None:
    disputed = claims[claims["is_disputed"]]
    shell.section(
        "Conflicts",
        "Of several valid claims on one account the higher tier at the later submission prevails, "
        "then the earlier submission, then the smaller id.",
        anchor=_CONFLICTS,
    )
    if disputed.empty:
        shell.state("No account is claimed twice.")
        return
    accounts = disputed.sort_values(["account_name", "account_id"])["account_id"].unique()
    shown = st.session_state.get(_CONFLICTS, AT_ONCE)
    some = disputed[disputed["account_id"].isin(accounts[:shown])]
    st.html(tables.conflicts_table(some, as_of))
    if len(accounts) > shown:
        st.button(
            f"Show more accounts: {words.count(shown)} of {words.count(len(accounts))}",
            on_click=lambda: st.session_state.update({_CONFLICTS: shown + AT_ONCE}),
        )


def _answers(claims: pd.DataFrame, known: Registrations, as_of: date) -> None:
    hours = "the target" if known.target_hours is None else f"{known.target_hours} h"
    goal = "" if known.goal is None else f"; the line is the goal of {words.percent(known.goal)}"
    shell.section("Answers", f"Share answered within {hours}, by month{goal}.")
    months = tables.by_month(claims, as_of)
    if months.empty:
        shell.state("No claim of the last twelve months can be judged yet.")
        return
    st.html(tables.answers_table(months, known.goal))
