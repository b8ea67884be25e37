"""What is to be told: a version's digest to each audience, and alerts to who runs it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dashboards import news
from dashboards.access import Role, may_open
from dashboards.queries import published, today
from dashboards.queries.published import Edition
from dashboards.registry import load_pages
from orchestration.digest import letters
from orchestration.digest.addresses import is_mail, quoted
from orchestration.digest.recipients import EVERY_MANAGER, Recipient
from orchestration.digest.refusals import Refusal
from orchestration.digest.sending import Parcel
from orchestration.week import last_due
from warehouse.settings import Settings
from warehouse.snapshots import current

_ON_CALL: frozenset[Role] = frozenset({"admin", "ops"})
"""Who is told of a refresh that did not publish."""

_MANAGERS = """
select distinct lower(trim(partner_manager_email)) as email
from marts.dim_partner
where trim(partner_manager_email) <> ''
order by email
"""


def digests(
    settings: Settings, served: Edition, recipients: Sequence[Recipient]
) -> Iterator[Parcel]:
    """The digest of a version for each recipient, of what is theirs alone."""
    for recipient in reached(served, recipients):
        edition = (
            served if recipient.manager is None else published.of_manager(served, recipient.manager)
        )
        letter = _digest(settings, edition, recipient.audience)
        yield Parcel("digest", served.version, recipient, letter)


def reached(served: Edition, recipients: Sequence[Recipient]) -> Iterator[Recipient]:
    """The recipients, with every manager of the version in place of the one that says so."""
    for recipient in recipients:
        if recipient.address != EVERY_MANAGER:
            yield recipient
        else:
            for email in filter(is_mail, _managers(served)):
                yield replace(recipient, address=email, manager=email)


def unreached(served: Edition, recipients: Sequence[Recipient]) -> Iterator[str]:
    """A line for each manager of the version who would be told but has no mail address."""
    if any(recipient.address == EVERY_MANAGER for recipient in recipients):
        for email in _managers(served):
            if not is_mail(email):
                yield f"Not told: {quoted(email)}, a partner manager of the CRM, is no mail address"


def _managers(served: Edition) -> list[str]:
    if not published.has(served, "dim_partner", "partner_manager_email"):
        return []
    return list(published.frame(served, _MANAGERS)["email"])


def _digest(settings: Settings, edition: Edition, role: Role) -> letters.Letter:
    week = today.week(edition)
    older = today.edition_before(settings, edition)
    found = news.items(
        week,
        None if older is None else today.before(older),
        news.read_ledger(settings),
        today.partner_names(edition),
    )
    pages = {page.path for page in load_pages() if may_open(role, page.audience)}
    stale = int(week.extracts["is_stale"].sum())
    freshness = f"{stale} extracts stale" if stale else "all extracts fresh"
    return letters.digest(
        news.of_role(found, role, pages),
        role,
        week.imprint,
        public_url=settings.public_url,
        freshness=freshness,
    )


def refused(
    settings: Settings, recipients: Sequence[Recipient], refusal: Refusal
) -> Iterator[Parcel]:
    """Word of a refresh that was refused, once a day for the same reasons."""
    letter = letters.refused(refusal.reasons, what_stands(settings), settings.public_url)
    for recipient in _on_call(recipients):
        yield Parcel("refused", refusal.about, recipient, letter)


def late(settings: Settings, recipients: Sequence[Recipient], now: datetime) -> Iterator[Parcel]:
    """Word of a week that is not published long after its refresh was due, once a week."""
    due = last_due(now)
    hours = settings.refresh_late_hours
    served = current(settings)
    is_there = served is not None and served.as_of >= due.date() - timedelta(days=1)
    if is_there or now < due + timedelta(hours=hours):
        return
    letter = letters.late(
        f"on {due:%A %d %b} at {due:%H:%M} UTC", hours, what_stands(settings), settings.public_url
    )
    for recipient in _on_call(recipients):
        yield Parcel("late", f"{due:%Y-%m-%d}", recipient, letter)


def what_stands(settings: Settings) -> str:
    """The version people see meanwhile."""
    served = current(settings)
    return f"{served.name} is still served" if served else "nothing is published yet"


def _on_call(recipients: Sequence[Recipient]) -> list[Recipient]:
    return [recipient for recipient in recipients if recipient.audience in _ON_CALL]
