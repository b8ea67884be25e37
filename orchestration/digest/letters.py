"""What a message says, as text, as HTML and for a chat. Data is escaped in each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from dashboards import words
from dashboards.access import Role
from dashboards.markup import Html, join, tag
from dashboards.news import Item, of_part, shortened
from dashboards.news.changes import AMOUNTS
from dashboards.news.item import by_subject
from dashboards.queries.published import Imprint

LINES = 5
"""So many lines of a subject are told; the page has the others."""

LONGEST = 80
"""A name of data is cut here; the page has it whole."""

_ISOLATE, _POP = "\u2068", "\u2069"
_PEOPLE: Mapping[Role, str] = {
    "admin": "administrators",
    "head": "the head of partnerships",
    "finance": "finance",
    "ops": "partner operations",
    "exec": "executives",
    "partner-manager": "the partner manager",
}
_GLYPHS = {"bad": "✕", "watch": "!", "good": "✓", "none": "·"}
_TEXT = "color:#17202B;font:15px/1.45 'Source Sans 3','Segoe UI',Helvetica,Arial,sans-serif"
_QUIET = "color:#626D7C"
_LINK = "color:#2557B8;text-decoration:none"
_HEADING = "font-size:16px;font-weight:600;margin:20px 0 6px"
_SUBJECT = "font-size:15px;font-weight:600;margin:12px 0 2px"
_LIST = "margin:0;padding:0;list-style:none"


@dataclass(frozen=True)
class Letter:
    """One message in its three forms."""

    subject: str
    text: str
    html: str
    chat: str


@dataclass(frozen=True)
class Line:
    """A line of a message: words, and where they lead."""

    lead: str
    rest: str = ""
    address: str = ""
    glyph: str = ""


@dataclass(frozen=True)
class Chapter:
    """Lines under a heading; `subject` is a heading of the second rank."""

    heading: str
    lines: Sequence[Line]
    subject: str = ""


def digest(
    items: Sequence[Item],
    role: Role,
    imprint: Imprint,
    *,
    public_url: str,
    freshness: str,
) -> Letter:
    """The week for one audience, of the items that are theirs."""
    base = public_url.rstrip("/")
    chapters = list(_chapters(items, imprint.as_of, base))
    waits = of_part(items, "waits")
    week = (
        "No week" if imprint.period_start is None else f"Week of {words.day(imprint.period_start)}"
    )
    matters = words.counted(len(waits), "matter")
    needs = (
        f"{matters} {'waits' if len(waits) == 1 else 'wait'} for you"
        if waits
        else "nothing needs you"
    )
    return _letter(
        subject=f"Partner Scorecards · {week}: {needs}",
        opening=[
            f"{week}, for {_PEOPLE[role]}: {needs}.",
            f"Data to {words.day(imprint.as_of)} · version {imprint.version} · "
            f"policy {imprint.policy} · {freshness}",
        ],
        chapters=chapters,
        closing=Line("Open Today", address=f"{base}/today"),
    )


def refused(reasons: Sequence[str], stands: str, public_url: str) -> Letter:
    """A refresh was refused: why, and what stands."""
    shown = [Line(reason) for reason in reasons[: 2 * LINES]]
    if len(reasons) > len(shown):
        shown.append(Line(f"and {words.count(len(reasons) - len(shown))} more"))
    return _letter(
        subject="Partner Scorecards · a refresh was refused",
        opening=["A refresh was refused, and nothing of it is shown.", f"{_capital(stands)}."],
        chapters=[Chapter("Why", shown)],
        closing=Line("Open Data trust", address=f"{public_url.rstrip('/')}/data-trust"),
    )


def late(due: str, hours: int, stands: str, public_url: str) -> Letter:
    """The weekly refresh did not publish."""
    return _letter(
        subject="Partner Scorecards · this week is late",
        opening=[
            f"The refresh due {due} has published nothing {words.counted(hours, 'hour')} later.",
            f"{_capital(stands)}.",
        ],
        chapters=[],
        closing=Line("Open Data trust", address=f"{public_url.rstrip('/')}/data-trust"),
    )


def _chapters(items: Sequence[Item], as_of: date, base: str) -> Iterator[Chapter]:
    waits = of_part(items, "waits")
    yield Chapter(
        "Waiting for you",
        [_line(item, as_of, base) for item in waits] or [Line("Nothing waits for you.")],
    )
    reviews = of_part(items, "reviews")
    if reviews:
        yield Chapter("Reviews in two weeks", _some(reviews, as_of, base, "business-reviews"))
    for number, (subject, found) in enumerate(by_subject(of_part(items, "changed"))):
        amounts = f" ({AMOUNTS[subject]})" if subject in AMOUNTS else ""
        yield Chapter(
            "" if number else "Since last week",
            _some(found, as_of, base, "today"),
            f"{subject}, {words.count(sum(item.count for item in found))}{amounts}",
        )
    data = of_part(items, "data")
    if data:
        yield Chapter("Data", _some(data, as_of, base, "data-trust"))


def _some(items: Sequence[Item], as_of: date, base: str, path: str) -> list[Line]:
    shown, more = shortened(items, LINES)
    lines = [_line(item, as_of, base) for item in shown]
    return [*lines, Line(more, address=_address(base, path, {}))] if more else lines


def _line(item: Item, as_of: date, base: str) -> Line:
    lead = _isolated(item.lead) if item.is_name else item.lead
    tail = _isolated(item.tail) if item.tail else ""
    if item.part == "reviews" and item.on is not None:
        when = f"{item.on:%a} {words.day_within(item.on, as_of)} {item.value} UTC"
        rest = f"{when}, {item.rest}"
    else:
        when = (
            ""
            if item.on is None or not item.since
            else (f"({item.since} {words.day_within(item.on, as_of)})")
        )
        said = " ".join(filter(None, [item.rest, tail]))
        rest = " ".join(filter(None, [" · ".join(filter(None, [said, item.value])), when]))
    # What changed says by itself whether it is for the better.
    glyph = "" if item.part == "changed" else _GLYPHS[item.tone]
    return Line(lead, rest, _address(base, item.path, dict(item.filters)), glyph)


def _address(base: str, path: str, filters: dict[str, str]) -> str:
    return f"{base}/{path}?{urlencode(filters)}" if filters else f"{base}/{path}"


def _letter(
    *, subject: str, opening: Sequence[str], chapters: Sequence[Chapter], closing: Line
) -> Letter:
    return Letter(
        subject=_plain(subject),
        text="\n".join(_as_text(opening, chapters, closing)) + "\n",
        html=_as_html(opening, chapters, closing),
        chat="\n".join(_as_chat(opening, chapters, closing)),
    )


def _as_text(opening: Sequence[str], chapters: Sequence[Chapter], closing: Line) -> Iterator[str]:
    yield from map(_plain, opening)
    for chapter in chapters:
        if chapter.heading:
            yield ""
            yield chapter.heading.upper()
        if chapter.subject:
            yield ""
            yield chapter.subject
        for line in chapter.lines:
            yield "  " + _plain(" ".join(filter(None, [line.glyph, line.lead, line.rest])))
            if line.address and not chapter.subject:
                yield f"    {line.address}"
    yield ""
    yield f"{closing.lead}: {closing.address}"


def _as_html(opening: Sequence[str], chapters: Sequence[Chapter], closing: Line) -> Html:
    parts = [tag("p", tag("b", opening[0]), style="margin:0 0 4px")]
    parts += [tag("p", line, style=f"margin:0;{_QUIET}") for line in opening[1:]]
    for chapter in chapters:
        if chapter.heading:
            parts.append(tag("h2", chapter.heading, style=_HEADING))
        if chapter.subject:
            parts.append(tag("h3", chapter.subject, style=_SUBJECT))
        parts.append(tag("ul", *map(_html_line, chapter.lines), style=_LIST))
    parts.append(tag("p", _html_link(closing), style="margin:20px 0 0"))
    body = tag("body", tag("div", *parts, style=f"max-width:640px;{_TEXT}"))
    head = Html('<meta charset="utf-8">')
    return join([Html("<!doctype html>"), tag("html", tag("head", head), body, lang="en")])


def _html_line(line: Line) -> Html:
    glyph = tag("span", line.glyph, style=f"display:inline-block;width:18px;{_QUIET}")
    words_of_it = join([_html_link(line), " ", line.rest])
    return tag("li", glyph if line.glyph else "", words_of_it, style="margin:3px 0")


def _html_link(line: Line) -> Html:
    lead = tag("bdi", line.lead)
    return tag("a", lead, href=line.address, style=_LINK) if line.address else lead


def _as_chat(opening: Sequence[str], chapters: Sequence[Chapter], closing: Line) -> Iterator[str]:
    yield from (_harmless(line) for line in opening)
    for chapter in chapters:
        if chapter.heading:
            yield f"\n*{chapter.heading}*"
        if chapter.subject:
            yield f"_{chapter.subject}_"
        for line in chapter.lines:
            yield _harmless(" ".join(filter(None, [line.glyph, line.lead, line.rest])))
    yield f"\n{closing.lead}: {closing.address}"


def _harmless(line: str) -> str:
    """Text that a chat shows as it is: no mention, no link, no markup of its own."""
    plain = _plain(line).replace("](", "]\u200b(")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(line: str) -> str:
    """Without what shows nothing or breaks a line; marks of direction are ours alone."""
    kept = {_ISOLATE, _POP, "\u00a0"}
    return "".join(c for c in line if c.isprintable() or c in kept)


def _isolated(words_of_data: str) -> str:
    """Words from data in their own direction, so that they do not turn the rest around."""
    bare = "".join(c for c in words_of_data if c.isprintable())
    if len(bare) > LONGEST:
        bare = f"{bare[: LONGEST - 1]}…"
    return bare if bare.isascii() else f"{_ISOLATE}{bare}{_POP}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
