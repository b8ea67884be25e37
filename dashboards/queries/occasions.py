"""Which business reviews are ahead, and for which of them a pack is to be made."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from dashboards.frames import records
from dashboards.queries.packs import Occasion
from dashboards.queries.published import Edition, frame, has

_MART: Final = "fct_business_review"
_AHEAD: Final = f"from marts.{_MART} where state = 'upcoming' and scheduled_at > $now"
_IN_ORDER: Final = "order by scheduled_at, review_id"


class NoOccasionError(Exception):
    """What a pack was asked for is not there; the message says so in one line."""


def ahead(edition: Edition, now: datetime) -> list[Occasion]:
    """Every review still to be held at `now`, the next one first."""
    return _asked(edition, f"{_AHEAD} {_IN_ORDER}", now=now)


def due(
    edition: Edition, now: datetime, sent: Collection[str], by: datetime | None = None
) -> list[Occasion]:
    """Those of the reviews ahead whose pre-read nobody has sent, the next one first.

    `sent` are the reviews of which somebody noted it, perhaps after the version was published.
    Without `by` those whose pre-read the version calls due or overdue, else those where it has to
    be sent by then.
    """
    return [one for one in _unsent(edition, now, by) if one.review_id not in sent]


def _unsent(edition: Edition, now: datetime, by: datetime | None) -> list[Occasion]:
    """Due as far as the version knows."""
    unsent = f"{_AHEAD} and pre_read_sent_at is null"
    if by is None:
        wanted = f"{unsent} and (pre_read_state in ('due', 'overdue') or pre_read_due_at <= $now)"
        return _asked(edition, f"{wanted} {_IN_ORDER}", now=now)
    return _asked(edition, f"{unsent} and pre_read_due_at <= $by {_IN_ORDER}", now=now, by=by)


def of_reviews(edition: Edition, review_ids: list[str]) -> list[Occasion]:
    """The reviews of these ids, in their order.

    Raises NoOccasionError where one of them is not in the version.
    """
    found = _asked(
        edition,
        f"from marts.{_MART} where list_contains($ids, review_id) {_IN_ORDER}",
        ids=review_ids,
    )
    known = {occasion.review_id: occasion for occasion in found}
    for review_id in review_ids:
        if review_id not in known:
            raise NoOccasionError(f"{review_id}: no such review of a partner we know")
    return [known[review_id] for review_id in review_ids]


def of_partner(edition: Edition, partner_id: str, now: datetime) -> Occasion:
    """The partner's next review, or none where none is ahead.

    Raises NoOccasionError where the version knows no such partner.
    """
    known = frame(
        edition,
        "select partner_id from marts.dim_partner where partner_id = $partner",
        {"partner": partner_id},
    )
    if known.empty:
        raise NoOccasionError(f"{partner_id}: no such partner")
    if not has(edition, _MART):
        return Occasion(partner_id)
    next_one = f"{_AHEAD} and partner_id = $partner {_IN_ORDER} limit 1"
    return next(iter(_asked(edition, next_one, now=now, partner=partner_id)), Occasion(partner_id))


def _asked(edition: Edition, selected: str, **known: Any) -> list[Occasion]:
    if not has(edition, _MART):
        raise NoOccasionError(
            f"version {edition.version} is from before business reviews were published; "
            "run `scorecards refresh`"
        )
    rows = frame(edition, f"select review_id, partner_id, scheduled_at {selected}", known)
    # A review of a partner nobody knows has nothing to be reviewed.
    found = rows[rows["partner_id"].notna()]
    return [Occasion(str(row.partner_id), str(row.review_id)) for row in records(found)]
