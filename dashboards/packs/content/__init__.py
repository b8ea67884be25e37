"""What the pack of a review says, section by section, in the order it is talked through."""

from functools import lru_cache

from dashboards import words
from dashboards.packs.content import (
    business,
    cover,
    customers,
    definitions,
    inside,
    standing,
    together,
)
from dashboards.packs.content.discretion import INTERNAL_WORDS, Discretion
from dashboards.packs.content.known import Known
from dashboards.packs.model import Audience, Imprint, Pack, Partner
from dashboards.queries.packs import Occasion, Reading

__all__ = ["INTERNAL_WORDS", "UnknownPartner", "pack"]


class UnknownPartner(Exception):
    """The version knows no such partner, or its reader may not see it."""


def pack(reading: Reading, occasion: Occasion, audience: Audience) -> Pack:
    """The pack of one review for one audience.

    One for the partner is made of what `Known` can read: rows of that partner alone, and none that
    are for us alone.
    """
    discretion = _discretion(tuple(reading.partner_names.items()))
    for_us = (
        inside.Inside(reading, occasion, audience, discretion) if audience == "internal" else None
    )
    known = for_us or Known(reading, occasion, audience, discretion)
    if known.dossier.partner.empty:
        raise UnknownPartner(
            f"no partner {occasion.partner_id} in version {reading.imprint.version}"
        )
    inner = () if for_us is None else inside.sections(for_us)
    review = cover.review_of(known)
    who = known.dossier.who
    return Pack(
        audience=audience,
        audience_words=cover.audience_words(known),
        partner=Partner(
            partner_id=occasion.partner_id,
            name=known.name,
            kind=words.title(str(who.partner_type)),
            tier="" if words.is_absent(who.current_tier) else str(who.current_tier),
            manager=known.manager,
        ),
        review=review,
        imprint=_imprint(reading),
        cover=cover.cover(known, review, "" if for_us is None else inside.recommended(for_us)),
        sections=(
            standing.section(known),
            business.pipeline(known),
            business.won(known),
            customers.installs(known),
            customers.retention(known),
            customers.incidents(known),
            together.support(known),
            together.roadmap(known),
            together.risks(known),
            together.asks(known),
            together.actions(known),
            *inner,
            definitions.section(known),
        ),
    )


@lru_cache(maxsize=4)
def _discretion(names: tuple[tuple[str, str], ...]) -> Discretion:
    """Made once for all packs of a version."""
    return Discretion(dict(names))


def _imprint(reading: Reading) -> Imprint:
    imprint = reading.imprint
    return Imprint(
        version=imprint.version,
        as_of=imprint.as_of,
        policy=imprint.policy,
        policy_hash=imprint.policy_hash,
        currency=reading.programme.currency,
        foot=f"Data to {words.day(imprint.as_of)} · version {imprint.version} · policy "
        f"{imprint.policy}",
    )
