"""The tables of the Deal registration page: claims, conflicts, answers by month, routing."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.charts.registrations import goal_bar
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, name, table, tag
from dashboards.views.deal_registration.selection import PENDING, STATUS_WORDS, STATUSES

MONTHS = 12
UNKNOWN = "unknown"
NOBODY = "nobody"
ATTRIBUTION = "attribution"
"""The page of one deal."""
_ENDED = {"expired", "expired_inactive"}


def partner(row: Any) -> Html:
    """A partner's name that leads to its page, where it has one."""
    if row.partner_id == UNKNOWN:
        return tag("span", "Unknown partner", class_="quiet")
    return shell.partner_link(row.partner_id, str(row.partner_name))


def status_mark(status: str, *, is_late: bool = False) -> Html:
    """A claim's state with a glyph: ✓ in force, ! needs somebody, – ended, ✕ rejected."""
    said = STATUS_WORDS[status]
    if status == PENDING:
        if is_late:
            return marks.judged("watch", f"{said}, past target")
        return tag("span", f"○ {said}", class_="judged none")
    if status in _ENDED:
        return marks.judged("none", said)
    if status == "invalid_reopen":
        return marks.judged("watch", said)
    if status == "rejected":
        return tag("span", f"✕ {said}", class_="judged none")
    return marks.judged("good", said)


def claims_table(
    chosen: pd.DataFrame, meanings: Mapping[str, str], as_of: date, *, leads_to_deals: bool
) -> Html:
    """A row per claim: account, partner, state, answer, validity, deal and owner."""
    columns = (
        Column("Account", definition=meanings.get("account_id"), class_="claim"),
        Column("Partner"),
        Column("State", definition=meanings.get("status")),
        Column("Submitted", class_="extra", definition=meanings.get("submitted_at")),
        Column(
            "Answered in",
            is_number=True,
            definition=meanings.get("response_hours"),
            class_="extra",
        ),
        Column("Valid until", class_="extra", definition=meanings.get("valid_until")),
        Column("Deal", class_="extra", definition=meanings.get("opportunity_id")),
        Column("Owner", class_="extra", definition=meanings.get("routed_to")),
    )
    rows = [_claim(row, as_of, leads_to_deals=leads_to_deals) for row in records(chosen)]
    return table(columns, [Group(rows)], caption="Deal registrations")


def _claim(row: Any, as_of: date, *, leads_to_deals: bool) -> list[str]:
    return [
        join([name(str(row.account_name)), tag("code", row.registration_id, class_="sub")]),
        partner(row),
        _state(row),
        words.day_within(row.submitted_at, as_of),
        _answer(row),
        _until(row, as_of),
        _deal(row, is_link=leads_to_deals),
        owner(row.routed_to),
    ]


def _state(row: Any) -> Html:
    mark = status_mark(row.status, is_late=bool(row.is_waiting_late))
    if words.is_absent(row.ruling):
        return mark
    return join([mark, tag("span", str(row.ruling), class_="sub")])


def _answer(row: Any) -> Html:
    if words.is_absent(row.waited_hours):
        return Html(words.ABSENT)
    hours = f"{words.number(row.waited_hours, places=0)} h"
    if words.is_absent(row.response_hours):
        since = tag("span", "waiting", class_="sub")
        return join([tag("b" if row.is_late else "span", hours), since])
    return marks.judged("bad", hours) if row.is_late else marks.judged("good", hours)


def _until(row: Any, as_of: date) -> Html:
    if words.is_absent(row.valid_until):
        return Html(words.ABSENT)
    on = words.day_within(row.valid_until, as_of)
    if not row.is_in_force:
        return tag("span", on, class_="quiet")
    left = (row.valid_until.date() - as_of).days
    inside = tag("span", f"in {words.counted(left, 'day')}", class_="sub")
    return join([tag("b", on) if row.is_expiring else on, inside])


def _deal(row: Any, *, is_link: bool) -> Html:
    if words.is_absent(row.opportunity_id):
        return tag("span", "none yet", class_="quiet")
    if not row.has_deal:
        return join([tag("code", row.opportunity_id), tag("span", "not in the CRM", class_="sub")])
    link = name(str(row.opportunity_name))
    if is_link:
        href = shell.address(ATTRIBUTION, deal=str(row.opportunity_id))
        link = tag("a", link, href=href, target="_self", class_="to-partner")
    stage = "" if words.is_absent(row.stage) else tag("span", str(row.stage), class_="sub")
    return join([link, stage])


def owner(routed_to: object) -> Html:
    """The role that answers for a claim, in its own direction; quiet where nobody does."""
    if words.is_absent(routed_to):
        return tag("span", NOBODY, class_="quiet")
    return tag("bdi", str(routed_to))


def conflicts_table(disputed: pd.DataFrame, as_of: date) -> Html:
    """The claims of each account that several hold, the one upheld first."""
    columns = (
        Column("Partner", class_="conflict"),
        Column("Ruling"),
        Column("Tier today", class_="extra"),
        Column("Submitted", class_="extra"),
        Column("Valid until", is_number=True),
    )
    groups = []
    ranked = disputed.assign(yields=~disputed["ruling"].str.startswith("upheld"))
    for _, claims in ranked.groupby(["account_name", "account_id"], sort=True):
        ordered = claims.sort_values(["yields", "submitted_at", "registration_id"])
        heading = name(str(ordered["account_name"].iloc[0]))
        groups.append(Group([_conflict(row, as_of) for row in records(ordered)], heading))
    return table(columns, groups, caption="Accounts with several valid claims", is_tall=True)


def _conflict(row: Any, as_of: date) -> list[str]:
    verdict = row.ruling if row.yields else marks.judged("good", row.ruling)
    return [
        join([partner(row), tag("code", row.registration_id, class_="sub")]),
        verdict,
        marks.tier_chip(row.current_tier),
        words.moment(row.submitted_at, as_of),
        words.day_within(row.valid_until, as_of),
    ]


def states_table(claims: pd.DataFrame) -> Html:
    """How many claims are in each state, in the order of a claim's life."""
    counts = claims["status"].value_counts()
    most = max(int(counts.max()), 1)
    rows = [
        [
            status_mark(status),
            marks.bar(int(counts[status]) / most, words.counted(int(counts[status]), "claim")),
            words.count(int(counts[status])),
        ]
        for status in STATUSES
        if status in counts
    ]
    columns = (Column("State"), Column("", class_="extra"), Column("Claims", is_number=True))
    return table(columns, [Group(rows)], caption="Claims by state")


def by_month(claims: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Answers by month of submission, the latest twelve, latest first.

    Columns: month, within and judged; a claim whose target still runs is not judged.
    """
    known = claims[claims["is_within_target"].notna()]
    months = pd.to_datetime(known["submitted_at"]).dt.to_period("M")
    first = pd.Period(as_of, "M") - (MONTHS - 1)
    counted = (
        known.assign(month=months, within=known["is_within_target"].astype(bool))
        .groupby("month")["within"]
        .agg(["sum", "count"])
        .rename(columns={"sum": "within", "count": "judged"})
    )
    return counted[counted.index >= first].sort_index(ascending=False).reset_index()


def answers_table(months: pd.DataFrame, goal: Decimal | None) -> Html:
    """The share answered within the target by month, a line at the goal."""
    rows = []
    for row in records(months):
        share = row.within / row.judged
        said = f"{words.percent(share)} of {words.count(row.judged)}"
        is_short = goal is not None and share < goal
        rows.append(
            [
                words.day(row.month.start_time).split(" ", 1)[1],
                goal_bar(share, None if goal is None else float(goal), said),
                marks.judged("bad" if is_short else "good", words.percent(share))
                if goal is not None
                else words.percent(share),
                words.count(row.judged),
            ]
        )
    columns = (
        Column("Submitted in"),
        Column("", class_="extra"),
        Column("In time", is_number=True),
        Column("Judged", is_number=True),
    )
    return table(columns, [Group(rows)], caption="Share answered within the target, by month")


def routing_table(claims: pd.DataFrame, owners: Sequence[str]) -> Html:
    """What each owner has: waiting for an answer, in force, about to expire."""
    rows = []
    for each in [*owners, None]:
        held = claims[claims["routed_to"].isna() if each is None else claims["routed_to"].eq(each)]
        if held.empty:
            continue
        rows.append(
            [
                owner(each),
                words.count(int(held["status"].eq(PENDING).sum())),
                words.count(int(held["is_in_force"].sum())),
                words.count(int(held["is_expiring"].sum())),
            ]
        )
    columns = (
        Column("Owner"),
        Column("Pending", is_number=True),
        Column("In force", is_number=True),
        Column("Expiring", is_number=True),
    )
    return table(columns, [Group(rows)], caption="Claims by the owner they are routed to")


def export_claims(chosen: pd.DataFrame) -> pd.DataFrame:
    """The claims asked for, with all that is known of each."""
    return pd.DataFrame(
        {
            "Registration": chosen["registration_id"],
            "Partner": chosen["partner_name"],
            "Partner id": chosen["partner_id"],
            "Manager": chosen["partner_manager"],
            "Account": chosen["account_name"],
            "Account id": chosen["account_id"],
            "State": chosen["status"].map(STATUS_WORDS),
            "Submitted": chosen["submitted_at"],
            "Answered": chosen["responded_at"],
            "Hours to answer": chosen["response_hours"],
            "Within target": chosen["is_within_target"],
            "Valid from": chosen["valid_from"],
            "Valid until": chosen["valid_until"],
            "Deal": chosen["opportunity_id"],
            "Deal name": chosen["opportunity_name"],
            "Stage": chosen["stage"],
            "Owner": chosen["routed_to"],
            "Ruling": chosen["ruling"],
        }
    )
