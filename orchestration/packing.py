"""Packs of business reviews as the command makes them: chosen, made, told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboards.packs.making import Written, write_packs
from dashboards.packs.model import Audience
from dashboards.queries import occasions
from dashboards.queries.packs import Occasion
from dashboards.queries.published import Edition, current_edition
from orchestration.progress import Reporter
from warehouse.ledger import pre_reads_sent, review_events
from warehouse.settings import Settings
from warehouse.snapshots import NotPublishedError


@dataclass(frozen=True)
class Wanted:
    """Which reviews somebody asked for; every review ahead where nothing is said."""

    is_due: bool = False
    reviews: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()

    @property
    def is_contradictory(self) -> bool:
        """Whether more than one way to choose was taken."""
        return sum(map(bool, (self.is_due, self.reviews, self.partners))) > 1


def pack_up(
    settings: Settings,
    wanted: Wanted,
    now: datetime,
    report: Reporter,
    *,
    audiences: Sequence[Audience],
    root: Path,
) -> Written | None:
    """Make the packs of the served version under `root`; None where no review is wanted.

    `now` bears a zone. Raises NotPublishedError where nothing is published, NoOccasionError where
    a review or partner is not in the version, LedgerUnavailableError where nobody can tell which
    pre-reads were sent, UnreadableManifestError.
    """
    edition = current_edition(settings)
    if edition is None:
        raise NotPublishedError(
            f"{settings.home}: nothing is published yet; run `scorecards refresh`"
        )
    chosen = _chosen(settings, edition, wanted, now.astimezone(UTC).replace(tzinfo=None))
    if not chosen:
        return None
    report.begin("Make packs", len(chosen) * len(audiences))
    written = write_packs(edition, chosen, root, audiences, lambda _done, _all: report.advance())
    report.end(f"{len(chosen):,} reviews")
    return written


def _chosen(settings: Settings, edition: Edition, wanted: Wanted, now: datetime) -> list[Occasion]:
    if wanted.reviews:
        return occasions.of_reviews(edition, list(dict.fromkeys(wanted.reviews)))
    if wanted.partners:
        return [
            occasions.of_partner(edition, partner_id, now)
            for partner_id in dict.fromkeys(wanted.partners)
        ]
    if wanted.is_due:
        return occasions.due(edition, now, pre_reads_sent(review_events(settings)))
    return occasions.ahead(edition, now)
