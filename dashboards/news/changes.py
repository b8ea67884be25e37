"""What changed since the week before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from dashboards import words
from dashboards.access import Role
from dashboards.frames import records
from dashboards.news.item import EVERYONE, Item
from dashboards.queries.today import Before, Week
from dashboards.views.leakage import selection as leaks_shown
from warehouse.ledger import Decision, FindingState

WEEK = timedelta(days=7)
_PARTNERS: frozenset[Role] = frozenset({"admin", "head", "ops", "partner-manager"})
_DECIDED: frozenset[Role] = frozenset(
    {"admin", "head", "ops", "finance", "exec", "partner-manager"}
)
_MONEY: frozenset[Role] = frozenset({"admin", "finance"})
_WON: frozenset[Role] = frozenset({"admin", "head", "exec", "finance", "partner-manager"})
_BOARD: frozenset[Role] = frozenset({"admin", "head", "exec"})

_VERDICTS: Mapping[str, str] = {
    "approved": "approved",
    "rejected": "rejected",
    "deferred": "deferred",
    "exception": "granted an exception",
}


def tiers_decided(
    entries: Sequence[Decision], names: Mapping[str, str], until: datetime
) -> Iterator[Item]:
    """Decisions of the seven days before `until`, the latest first; of partners with a name here.

    Who may not see a partner does not have its name.
    """
    for entry in reversed(entries):
        if entry.partner_id not in names or not until - WEEK <= entry.decided_at < until:
            continue
        what = words.movement(entry.action, entry.to_tier) if entry.action else "No change"
        yield Item(
            "changed",
            "Tiers decided",
            names[entry.partner_id],
            f"{what}, {_VERDICTS[entry.verdict]} by",
            "partner",
            _DECIDED,
            {"partner": entry.partner_id},
            tail=entry.decided_by,
            on=entry.decided_at.date(),
            tone="good" if entry.action == "promote" and entry.verdict == "approved" else "none",
            partner_id=entry.partner_id,
            is_name=True,
        )


def scores(movers: pd.DataFrame, last_day: date) -> Iterator[Item]:
    """Partners whose shown score moved notably: those that fell, then those that rose, the most
    first."""
    for row in records(movers.sort_values("moved", key=lambda moved: moved.gt(0), kind="stable")):
        change = words.decimal(int(row.moved)) / 100
        now, then = int(row.hundredths), int(row.hundredths_before)
        by = "" if words.is_absent(row.criterion) else f", most by {_criterion(row.criterion)}"
        yield Item(
            "changed",
            "Score up" if change > 0 else "Score down",
            row.partner_name,
            f"{then / 100:.2f} to {now / 100:.2f}{by}",
            "partner",
            _PARTNERS,
            {"partner": row.partner_id},
            value=words.delta(change),
            on=last_day,
            tone="good" if change > 0 else "bad",
            partner_id=row.partner_id,
            is_name=True,
        )


def health(changed: pd.DataFrame, last_day: date) -> Iterator[Item]:
    """Partners in another health band, those that fell first."""
    order = changed.sort_values(
        "health_score_before",
        key=lambda before: before.le(changed["health_score"]),
        kind="stable",
    )
    for row in records(order):
        fell = row.health_score < row.health_score_before
        yield Item(
            "changed",
            "Health down" if fell else "Health up",
            row.partner_name,
            f"{'fell' if fell else 'rose'} from {row.health_band_before} to {row.health_band}",
            "partner",
            _PARTNERS,
            {"partner": row.partner_id},
            value=words.delta(int(row.health_score) - int(row.health_score_before), pattern="{}"),
            on=last_day,
            tone="bad" if fell else "good",
            partner_id=row.partner_id,
            is_name=True,
        )


def incidents(found: pd.DataFrame) -> Iterator[Item]:
    """Incidents that partners caused, the latest first."""
    for row in records(found):
        yield Item(
            "changed",
            "Incidents",
            row.partner_name,
            f"caused {row.incident_id}",
            "partner",
            _PARTNERS | _BOARD,
            {"partner": row.partner_id},
            on=row.happened_at.date(),
            tone="bad",
            partner_id=row.partner_id,
            is_name=True,
        )


def won(deals: pd.DataFrame, currency: str) -> Iterator[Item]:
    """Deals won with partners, a line and the whole amount each, the largest first."""
    others = deals["opportunity_id"].value_counts() - 1
    for row in records(deals.drop_duplicates("opportunity_id")):
        number = int(others[row.opportunity_id])
        yield Item(
            "changed",
            "Won with partners",
            row.partner_name,
            row.outcome + (f", with {words.counted(number, 'other')}," if number else ""),
            "partner",
            _WON,
            {"partner": row.partner_id},
            tail=_deal(row.opportunity_name, row.opportunity_id),
            value=words.money(row.amount_cents, currency),
            on=row.closed_on.date(),
            tone="good",
            partner_id=row.partner_id,
            is_name=True,
        )


def new_leaks(
    found: pd.DataFrame, states: Mapping[str, FindingState] | None, currency: str
) -> Iterator[Item]:
    """Open leaks first seen this week, by check; none where all leaks are, for then none is new."""
    rows = leaks_shown.with_states(found, states)
    waiting = rows[rows["state"].eq(leaks_shown.OPEN)]
    new = waiting[waiting["age_days"].lt(leaks_shown.NEW_DAYS)]
    if len(new) == len(found):
        return
    sums = new.groupby("label")["amount_cents"].agg(["size", "sum"]).reset_index()
    order = sums.sort_values(["sum", "size", "label"], ascending=[False, False, True])
    for row in records(order.rename(columns={"size": "leaks", "sum": "cents"})):
        yield Item(
            "changed",
            "New leaks",
            words.counted(int(row.leaks), "leak"),
            f"of {row.label.lower()}",
            "leakage",
            _MONEY,
            {"list": leaks_shown.OPEN, "check": row.label, "sort": leaks_shown.NEWEST},
            count=int(row.leaks),
            value=words.money(int(row.cents), currency),
            on=new["first_seen_on"].max().date(),
            tone="bad",
        )


def newly_off(off: pd.DataFrame) -> Iterator[Item]:
    """Indicators off target in the latest month that were not in the month before."""
    for row in records(off[off["status_before"].ne("off_target")]):
        yield Item(
            "changed",
            "Indicators",
            row.label,
            "went off target",
            "ecosystem",
            _BOARD,
            {"kpi": row.label},
            on=row.period_end.date() - timedelta(days=1),
            tone="bad",
        )


def broken_promises(promises: pd.DataFrame, last_day: date) -> Iterator[Item]:
    """Partners whom we answered too late, those most often first."""
    for row in records(promises):
        yield Item(
            "changed",
            "Service levels missed",
            row.partner_name,
            f"{words.count(row.breached)} of {words.counted(int(row.promised), 'promise')} missed",
            "partner",
            frozenset({"admin", "ops", "partner-manager"}),
            {"partner": row.partner_id},
            on=last_day,
            tone="bad",
            partner_id=row.partner_id,
            is_name=True,
        )


def newly_refused(week: Week, before: Before | None) -> Iterator[Item]:
    """Files and rows refused that the version before did not refuse."""
    if before is None:
        return
    known = set(before.refused_files["path"])
    for row in records(week.refused_files[~week.refused_files["path"].isin(known)]):
        yield Item(
            "changed",
            "Refused data",
            row.path,
            "refused whole:",
            "data-trust",
            EVERYONE,
            tail=str(row.reason),
            on=week.imprint.as_of,
            tone="bad",
            is_name=True,
        )
    earlier = dict(zip(before.refused["extract"], before.refused["rows_refused"], strict=True))
    for row in records(week.refused):
        more = int(row.rows_refused) - int(earlier.get(row.extract, 0))
        if more > 0:
            yield Item(
                "changed",
                "Refused data",
                words.counted(more, "more row"),
                f"of {words.title(row.system)} {words.spelled(row.entity)} refused",
                "data-trust",
                EVERYONE,
                {"extract": f"{words.title(row.system)} {words.spelled(row.entity)}"},
                count=more,
                on=week.imprint.as_of,
                tone="watch",
            )


def changed(
    week: Week,
    before: Before | None,
    decisions: Sequence[Decision],
    states: Mapping[str, FindingState] | None,
    *,
    names: Mapping[str, str],
    until: datetime,
) -> Iterator[Item]:
    """Everything that changed; items of a subject stand together."""
    last_day = (week.imprint.period_end or week.imprint.as_of + timedelta(days=1)) - timedelta(
        days=1
    )
    yield from tiers_decided(decisions, names, until)
    yield from scores(week.movers, last_day)
    if week.health is not None:
        yield from health(week.health, last_day)
    if week.won is not None:
        yield from won(week.won, week.currency)
    if week.incidents is not None:
        yield from incidents(week.incidents)
    if week.leaks is not None:
        yield from new_leaks(week.leaks, states, week.currency)
    if week.kpis is not None:
        yield from newly_off(week.kpis)
    if week.promises is not None:
        yield from broken_promises(week.promises, last_day)
    yield from newly_refused(week, before)


AMOUNTS: Mapping[str, str] = {"Won with partners": "whole amounts of deals"}
"""What the amounts of a subject are, where it may be asked."""


def _criterion(key: str) -> str:
    return words.criterion(key).lower()


def _deal(name: object, opportunity_id: str) -> str:
    return opportunity_id if words.is_absent(name) or not name else str(name)
