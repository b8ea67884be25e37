"""What waits for somebody, the most pressing first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboards import words
from dashboards.access import Role
from dashboards.news.item import Item, Tone
from dashboards.queries.published import Imprint
from dashboards.queries.today import Week
from dashboards.views.business_reviews import selection as reviews_shown
from dashboards.views.deal_registration import selection as claims_shown
from dashboards.views.delivery.selection import WITH_LATE
from dashboards.views.leakage import selection as leaks_shown
from dashboards.views.scorecards.selection import LAPSED, STUCK, UNDER_FLOOR
from dashboards.views.tier_changes import selection as tiers_shown
from warehouse.ledger import Decision, FindingState

HEAD: frozenset[Role] = frozenset({"admin", "head"})
OPS: frozenset[Role] = frozenset({"admin", "ops", "partner-manager"})
PROGRAMME: frozenset[Role] = frozenset({"admin", "head", "ops"})
FINANCE: frozenset[Role] = frozenset({"admin", "finance"})
BOARD: frozenset[Role] = frozenset({"admin", "finance", "exec"})
EXECUTIVES: frozenset[Role] = frozenset({"admin", "head", "exec"})

_MOVES = {"promote": "up", "demote": "down", "pause": "to pause", "exit": "to leave"}
_NAMED = 3


def tier_changes(recommended: pd.DataFrame, entries: Sequence[Decision]) -> Iterator[Item]:
    """Recommendations of the latest quarter end that nobody decided."""
    rows = tiers_shown.with_states(recommended, entries)
    waiting = rows[rows["state"].eq(tiers_shown.WAITING)]
    if waiting.empty:
        return
    number = waiting["action"].value_counts()
    moves = [f"{words.count(int(number[key]))} {to}" for key, to in _MOVES.items() if key in number]
    yield Item(
        "waits",
        "Tiers",
        words.counted(len(waiting), "tier change"),
        f"to decide: {words.listed(moves)}",
        "tier-changes",
        HEAD,
        {"list": tiers_shown.WAITING},
        count=len(waiting),
        on=waiting["quarter_end"].iloc[0].date(),
        since="of the quarter to",
        tone="watch",
    )


def contracts(without: pd.DataFrame, entries: Sequence[Decision]) -> Iterator[Item]:
    """Partners whose contract ended after the quarter, which no recommendation knows of."""
    rows = tiers_shown.undecided_ends(without, entries)
    if rows.empty:
        return
    first = rows["ended_on"].min()
    whom = "it" if len(rows) == 1 else "them"
    yield Item(
        "waits",
        "Contracts",
        words.counted(len(rows), "partner"),
        f"whose contract ended since the quarter, nobody decided on {whom}",
        "scorecards",
        PROGRAMME,
        {"show": LAPSED},
        count=len(rows),
        on=None if words.is_absent(first) else first.date(),
        since="the first on",
        tone="bad",
    )


def leaks(
    found: pd.DataFrame, states: Mapping[str, FindingState] | None, currency: str
) -> Iterator[Item]:
    """Leaks that nobody took up."""
    rows = leaks_shown.with_states(found, states)
    waiting = rows[rows["state"].eq(leaks_shown.OPEN)]
    if waiting.empty:
        return
    without = int((~waiting["has_amount"].astype(bool)).sum())
    yield Item(
        "waits",
        "Leaks",
        words.counted(len(waiting), "leak"),
        "nobody has taken up" + (f", {words.count(without)} without an amount" if without else ""),
        "leakage",
        FINANCE,
        {"list": leaks_shown.OPEN},
        count=len(waiting),
        value=words.money(int(waiting["amount_cents"].sum()), currency),
        on=waiting["first_seen_on"].min().date(),
        since="the oldest of",
        tone="watch",
    )


def payouts(due: Any, currency: str) -> Iterator[Item]:
    """Payouts past the day they were payable on."""
    number = int(due.payouts)
    if not number:
        return
    yield Item(
        "waits",
        "Payouts",
        words.counted(number, "payout"),
        f"overdue to {words.counted(int(due.partners), 'partner')}",
        "revenue-review",
        FINANCE,
        count=number,
        value=words.money(int(due.overdue_cents), currency),
        on=due.first_payable_on.date(),
        since="the first since",
        tone="bad",
    )


def sums(differences: Any, currency: str) -> Iterator[Item]:
    """Sums reached by two routes that do not agree."""
    number = int(differences.sums)
    if number:
        yield Item(
            "waits",
            "Reconciliation",
            words.counted(number, "sum"),
            "does not agree" if number == 1 else "do not agree",
            "revenue-review",
            BOARD,
            count=number,
            value=words.exact(int(differences.difference_cents), currency),
            tone="bad",
        )


def motions(listed: Any) -> Iterator[Item]:
    """Motions that policy lists because they lose money."""
    number = int(listed.motions)
    if number:
        yield Item(
            "waits",
            "Margin",
            words.counted(number, "motion"),
            "on the kill list: negative again",
            "revenue-review",
            BOARD,
            count=number,
            on=listed.quarter_end.date(),
            since="in the quarter to",
            tone="bad",
        )


def claims(found: pd.DataFrame, target: Any | None, as_of: date) -> Iterator[Item]:
    """Claims without our answer past the target, and those that run out soon."""
    rows = claims_shown.judged(found, as_of)
    late = rows[rows["is_waiting_late"]]
    if len(late):
        after = "" if target is None else f" after {target.hours} h"
        yield Item(
            "waits",
            "Deal registration",
            words.counted(len(late), "claim"),
            f"without our answer{after}",
            "deal-registration",
            OPS,
            {
                "show": claims_shown.LATE,
                "status": claims_shown.STATUS_WORDS[claims_shown.PENDING],
            },
            count=len(late),
            on=late["submitted_at"].min().date(),
            since="the first of",
            tone="bad",
        )
    soon = rows[rows["is_expiring"]]
    if len(soon):
        yield Item(
            "waits",
            "Deal registration",
            words.counted(len(soon), "claim"),
            f"{'runs' if len(soon) == 1 else 'run'} out in {claims_shown.EXPIRES_SOON.days} days",
            "deal-registration",
            OPS,
            {"show": claims_shown.EXPIRING, "sort": "First to expire"},
            count=len(soon),
            on=soon["valid_until"].min().date(),
            since="the first on",
        )


def pre_reads(reviews: pd.DataFrame, imprint: Imprint) -> Iterator[Item]:
    """What is to be read before reviews and was not sent, and reviews that were not held.

    Of whole weeks people read on the Monday after: what is to come is this week, what was is last.
    """
    is_whole = imprint.period_end == imprint.as_of + timedelta(days=1)
    for state, tone, rest in (
        ("overdue", "bad", "overdue: the review is near"),
        ("due", "watch", "to send this week" if is_whole else "to send next"),
    ):
        rows = reviews[reviews["pre_read_state"].eq(state)]
        if len(rows):
            yield Item(
                "waits",
                "Business reviews",
                words.counted(len(rows), "pre-read"),
                rest,
                "business-reviews",
                OPS,
                {"list": reviews_shown.UPCOMING},
                count=len(rows),
                on=rows["pre_read_due_at"].min().date(),
                since="due since" if state == "overdue" else "the first due",
                tone="bad" if tone == "bad" else "watch",
            )
    missed = reviews[reviews["state"].eq("missed")]
    if len(missed):
        yield Item(
            "waits",
            "Business reviews",
            words.counted(len(missed), "review"),
            "not held last week" if is_whole else "not held",
            "business-reviews",
            OPS | HEAD,
            {"list": reviews_shown.MISSED},
            count=len(missed),
            on=missed["scheduled_at"].min().date(),
            since="planned for",
            tone="bad",
        )


def review_items(overdue: pd.DataFrame) -> Iterator[Item]:
    """Open items of reviews, of any kind, that are past their day."""
    if len(overdue):
        yield Item(
            "waits",
            "Business reviews",
            words.counted(len(overdue), "open item"),
            f"of business reviews past {'its' if len(overdue) == 1 else 'their'} day",
            "business-reviews",
            OPS,
            count=len(overdue),
            on=overdue["due_on"].min().date(),
            since="the oldest due",
            tone="watch",
        )


def projects(late: Any) -> Iterator[Item]:
    """Projects past their planned first day."""
    number = int(late.projects)
    if number:
        yield Item(
            "waits",
            "Delivery",
            words.counted(number, "project"),
            f"late by up to {words.counted(int(late.most_days), 'day')}",
            "delivery",
            OPS,
            {"show": WITH_LATE},
            count=number,
            tone="watch",
        )


def onboarding(stuck: pd.DataFrame) -> Iterator[Item]:
    """Partners that stay in a stage of onboarding longer than policy has it."""
    if len(stuck):
        longest = stuck.iloc[0]
        stage = words.spelled(str(longest["stage"]))
        days = words.counted(int(longest["days_in_stage"]), "day")
        yield Item(
            "waits",
            "Onboarding",
            words.counted(len(stuck), "partner"),
            f"stuck in onboarding, the longest {days} in {stage}",
            "scorecards",
            OPS,
            {"show": STUCK},
            count=len(stuck),
            tone="watch",
        )


def indicators(off: pd.DataFrame) -> Iterator[Item]:
    """Indicators off their target in the latest month."""
    if len(off):
        labels = [str(label) for label in off["label"]]
        more = [f"{words.count(len(off) - _NAMED)} more"] if len(off) > _NAMED else []
        last_day = off["period_end"].iloc[0].date() - timedelta(days=1)
        yield Item(
            "waits",
            "Ecosystem",
            words.counted(len(off), "indicator"),
            f"off target: {words.listed([*labels[:_NAMED], *more])}",
            "ecosystem",
            EXECUTIVES,
            count=len(off),
            on=last_day,
            since="in the month to",
            tone="bad",
        )


def unsure_scores(standing: Any) -> Iterator[Item]:
    """Partners that cannot be judged for want of data."""
    number = int(standing.below_floor)
    if number:
        yield Item(
            "waits",
            "Scores",
            words.counted(number, "score"),
            "under the coverage floor: too little data to judge a tier",
            "scorecards",
            PROGRAMME,
            {"show": UNDER_FLOOR},
            count=number,
        )


_PRESSING: Sequence[Tone] = ("bad", "watch", "none", "good")


def waiting(
    week: Week, decisions: Sequence[Decision], states: Mapping[str, FindingState] | None
) -> list[Item]:
    """Everything that waits, the most pressing first."""
    return sorted(_waiting(week, decisions, states), key=lambda i: _PRESSING.index(i.tone))


def _waiting(
    week: Week, decisions: Sequence[Decision], states: Mapping[str, FindingState] | None
) -> Iterator[Item]:
    as_of, currency = week.imprint.as_of, week.currency
    if week.recommended is not None:
        yield from tier_changes(week.recommended, decisions)
    if week.without_contract is not None:
        yield from contracts(week.without_contract, decisions)
    if week.reviews is not None:
        yield from pre_reads(week.reviews, week.imprint)
    if week.claims is not None:
        yield from claims(week.claims, week.target, as_of)
    if week.differences is not None:
        yield from sums(week.differences, currency)
    if week.due is not None:
        yield from payouts(week.due, currency)
    if week.leaks is not None:
        yield from leaks(week.leaks, states, currency)
    if week.kpis is not None:
        yield from indicators(week.kpis)
    if week.motions is not None:
        yield from motions(week.motions)
    if week.review_items is not None:
        yield from review_items(week.review_items)
    if week.stuck is not None:
        yield from onboarding(week.stuck)
    if week.projects is not None:
        yield from projects(week.projects)
    yield from unsure_scores(week.standing)
