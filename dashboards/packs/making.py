"""Packs as files: which ones a review has, what they are called, and what vouches for them.

A pack of one version, review and audience is the same bytes whoever makes it and whenever; the
manifest beside the files says what they were made from and what they hash to.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from dashboards.packs import content, pdf, pptx, xlsx
from dashboards.packs.model import AUDIENCES, Audience, Pack
from dashboards.queries import occasions, packs, published
from dashboards.queries.packs import Occasion
from dashboards.queries.published import Edition
from warehouse.files import replacing, write_atomically, writing_into

MANIFEST: Final = "manifest.json"

_UNFIT: Final = re.compile(r"[^A-Za-z0-9]+")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")
_NAME_LENGTH: Final = 48
_BATCH: Final = 50
"""So many partners are read at once: enough to be quick, and a bound on what is held."""

OnProgress = Callable[[int, int], None]


class UnreadableManifestError(Exception):
    """What stands in a manifest's place is none; the message says so in one line."""


@dataclass(frozen=True)
class Made:
    """One pack as files in memory, by their names."""

    occasion: Occasion
    audience: Audience
    pack: Pack
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Written:
    """What making packs came to."""

    folder: Path
    packs: int
    files: int


def make_pack(edition: Edition, review_id: str, audience: Audience) -> dict[str, bytes]:
    """The files of one review's pack, by their names.

    Raises NoOccasionError where the reader's version has no such review.
    """
    return make_packs(edition, [review_id], audience)


def make_packs(
    edition: Edition,
    review_ids: Sequence[str],
    audience: Audience,
    on_progress: OnProgress = lambda _done, _all: None,
) -> dict[str, bytes]:
    """The files of several reviews' packs, by their names; told as `done, all` after each pack.

    Raises NoOccasionError where the reader's version lacks one of the reviews.
    """
    wanted = occasions.of_reviews(edition, list(dict.fromkeys(review_ids)))
    files: dict[str, bytes] = {}
    for done, made in enumerate(_make(edition, wanted, (audience,)), start=1):
        files |= made.files
        on_progress(done, len(wanted))
    return files


def write_packs(
    edition: Edition,
    wanted: Sequence[Occasion],
    root: Path,
    audiences: Sequence[Audience] = AUDIENCES,
    on_progress: OnProgress = lambda _done, _all: None,
) -> Written:
    """Write the packs of these occasions into the version's folder of `root`, with its manifest.

    Packs for us and packs for partners stand in folders of their own, so that none is sent by
    mistake. Each file appears whole or not at all; the manifest, which goes on listing what was
    made of this version before, comes last, also where something stops the work. Several may make
    packs of a version at once.

    Raises UnreadableManifestError before anything is made.
    """
    folder = root / edition.version
    shelves = [folder / audience for audience in audiences]
    for shelf in shelves:
        shelf.mkdir(parents=True, exist_ok=True)
    _listed(folder / MANIFEST)
    entries: list[dict[str, Any]] = []
    total = len(wanted) * len(audiences)
    with writing_into(folder, *shelves):
        try:
            for done, made in enumerate(_make(edition, wanted, audiences), start=1):
                for name, data in made.files.items():
                    _write(folder / made.audience / name, data)
                entries.append(_entry(made))
                on_progress(done, total)
        finally:
            _note(folder, edition, entries)
    return Written(folder, len(entries), sum(len(entry["files"]) for entry in entries))


def made_before(root: Path, version: str) -> frozenset[tuple[str, str | None, str]]:
    """What the version's manifest lists: partner, review and audience of each pack.

    Raises UnreadableManifestError.
    """
    return frozenset(map(_key, _listed(root / version / MANIFEST)))


def _make(
    edition: Edition, wanted: Sequence[Occasion], audiences: Sequence[Audience]
) -> Iterator[Made]:
    # Paper is set outside of Python, so that slides can be drawn meanwhile.
    with ThreadPoolExecutor(max_workers=1) as aside:
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            reading = packs.read(edition, batch)
            for occasion in batch:
                for audience in audiences:
                    pack = content.pack(reading, occasion, audience)
                    paper = aside.submit(pdf.render, pack)
                    slides, sheets = pptx.render(pack), xlsx.render(pack)
                    formats = {"pdf": paper.result(), "pptx": slides, "xlsx": sheets}
                    stem = _stem(pack, occasion)
                    files = {f"{stem}.{suffix}": data for suffix, data in formats.items()}
                    yield Made(occasion, audience, pack, files)


def _stem(pack: Pack, occasion: Occasion) -> str:
    """The files' name: whom the review is with, its day, which one it is, who may read it."""
    review = _told_apart(occasion.review_id or occasion.partner_id)
    if occasion.review_id is not None and pack.review.review_id is None:
        review = _digest(occasion.review_id)
    scheduled = pack.review.scheduled_at
    day = "unscheduled" if scheduled is None else f"{scheduled:%Y-%m-%d}"
    parts = (_legible(pack.partner.name), "review", day, review, pack.audience)
    return "-".join(filter(None, parts))


def _legible(text: str) -> str:
    """As much of a text as a file's name can say on every machine."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNFIT.sub("-", letters).strip("-").lower()[:_NAME_LENGTH].strip("-")


def _told_apart(key: str) -> str:
    """A key as part of a file's name: another key is another name."""
    if _PLAIN_KEY.fullmatch(key):
        return key
    return "-".join(filter(None, (_legible(key), _digest(key))))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _entry(made: Made) -> dict[str, Any]:
    scheduled = made.pack.review.scheduled_at
    return {
        "partner_id": made.occasion.partner_id,
        "partner": made.pack.partner.name,
        "review_id": made.occasion.review_id,
        "scheduled_at": None if scheduled is None else f"{scheduled:%Y-%m-%dT%H:%M:%SZ}",
        "audience": made.audience,
        "files": [
            {
                "file": f"{made.audience}/{name}",
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
            for name, data in made.files.items()
        ],
    }


def _note(folder: Path, edition: Edition, entries: Sequence[dict[str, Any]]) -> None:
    """Put the entries into the folder's manifest, in the place of those they make anew."""
    imprint = published.imprint(edition)
    manifest = folder / MANIFEST
    # The command and the schedule may make packs at once.
    with FileLock(folder / f".{MANIFEST}.lock"):
        listed = {_key(entry): entry for entry in (*_listed(manifest), *entries)}
        told = {
            "version": imprint.version,
            "data_date": imprint.as_of.isoformat(),
            "policy": imprint.policy,
            "policy_hash": imprint.policy_hash,
            "packs": sorted(listed.values(), key=_place),
        }
        write_atomically(manifest, json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def _listed(manifest: Path) -> list[dict[str, Any]]:
    if not manifest.exists():
        return []
    try:
        entries = list(json.loads(manifest.read_text(encoding="utf-8"))["packs"])
        # They are told apart and put in order later; what cannot be is found now.
        sorted(map(_place, entries))
        frozenset(map(_key, entries))
    except (ValueError, LookupError, TypeError) as error:
        raise UnreadableManifestError(
            f"{manifest}: no manifest of packs; remove it, and make the packs again"
        ) from error
    return entries


def _key(entry: Mapping[str, Any]) -> tuple[str, str | None, str]:
    return entry["partner_id"], entry["review_id"], entry["audience"]


def _place(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        entry["scheduled_at"] or "",
        entry["review_id"] or "",
        entry["partner_id"],
        entry["audience"],
    )
