"""The lists of the page as markup: each line leads to its rows."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from dashboards import markup, shell, words
from dashboards.access import ROLE_WORDS, ROLES, Role
from dashboards.charts import marks
from dashboards.markup import Column, Group, Html, join, tag
from dashboards.news import Item, shortened
from dashboards.news.changes import AMOUNTS
from dashboards.views.business_reviews.selection import UPCOMING

OF_A_SUBJECT = 6
AT_MOST = 100
"""Lines of a subject to unfold; where there are more, only the export has all."""
_REVIEWS_SHOWN = 12
_SHORT: Mapping[Role, str] = {
    "admin": "Administrator",
    "head": "Head",
    "finance": "Finance",
    "ops": "Operations",
    "exec": "Executives",
    "partner-manager": "Managers",
}
_DEFINITION = "Whose it is: who sees this line on their own page and in their digest."


def link(item: Item) -> Html:
    """What the line is about, leading to its rows."""
    lead = markup.name(item.lead) if item.is_name else tag("b", item.lead)
    return _to(item.path, item.filters, lead)


def waiting_table(items: Sequence[Item], as_of: date, *, names_roles: bool) -> Html:
    """What waits, the most pressing first; `names_roles` says whose each line is."""
    columns = [Column("What"), Column("Day", class_="extra")]
    if names_roles:
        columns.append(Column("For", class_="extra", definition=_DEFINITION))
    rows = []
    for item in items:
        row = [tag("span", _glyph(item), _said(item), class_="with-glyph"), _since(item, as_of)]
        if names_roles:
            row.append(for_whom(item))
        rows.append(row)
    table = markup.table(columns, [Group(rows)], caption="What waits for somebody")
    return tag("div", table, class_="waiting")


def changes_grid(subjects: Sequence[tuple[str, list[Item]]], as_of: date) -> Html:
    """The subjects side by side, some lines each and the others to unfold."""
    return tag("div", *(_subject(name, found, as_of) for name, found in subjects), class_="news")


def _subject(name: str, found: list[Item], as_of: date) -> Html:
    lines = [
        tag(
            "li",
            tag("span", link(item), " ", _rest(item), class_="told"),
            tag("span", _value(item), class_="number"),
            title=None if item.on is None else words.day_within(item.on, as_of),
        )
        for item in found[:AT_MOST]
    ]
    count = words.count(sum(item.count for item in found))
    said = f"{count}, {AMOUNTS[name]}" if name in AMOUNTS else count
    return tag(
        "section", tag("h3", name, " ", tag("span", said, class_="quiet")), *_folded(found, lines)
    )


def _folded(items: Sequence[Item], lines: Sequence[Html]) -> list[Html]:
    """The first lines, and the others behind how many more there are."""
    _, more = shortened(items, OF_A_SUBJECT)
    parts = [tag("ul", *lines[:OF_A_SUBJECT])]
    if more:
        rest = [tag("summary", more), tag("ul", *lines[OF_A_SUBJECT:])]
        _, beyond = shortened(items, AT_MOST)
        if beyond:
            rest.append(tag("p", f"{beyond} in the export", class_="more quiet"))
        parts.append(tag("details", *rest))
    return parts


def reviews_list(items: Sequence[Item], as_of: date) -> Html:
    """The reviews to come, day by day, with the state of what is to be read before."""
    shown, more = shortened(items, _REVIEWS_SHOWN)
    rows = [
        [
            join(
                [
                    tag("span", f"{item.on:%a} {words.day_within(item.on, as_of)}", class_="when"),
                    tag("span", f" {item.value}", class_="quiet"),
                ]
            ),
            join([link(item), tag("span", marks.judged(item.tone, item.rest), class_="sub")]),
        ]
        for item in shown
        if item.on is not None
    ]
    columns = [Column("When, UTC", class_="when"), Column("With")]
    table = markup.table(columns, [Group(rows)], caption="Business reviews to come")
    if not more:
        return table
    return join([table, tag("p", _to("business-reviews", {"list": UPCOMING}, more), class_="more")])


def data_list(items: Sequence[Item]) -> Html:
    """What is wrong with the data, a line each."""
    lines = [
        tag("li", tag("span", _glyph(item), _said(item), class_="with-glyph"))
        for item in items[:AT_MOST]
    ]
    return tag("div", *_folded(items, lines), class_="news single")


def _rest(item: Item) -> Html:
    tail = join([" ", markup.name(item.tail)]) if item.tail else ""
    return tag("span", item.rest, tail, class_="quiet")


def _said(item: Item) -> Html:
    amount = join([", ", tag("b", item.value), ","]) if item.value else ""
    return tag("span", link(item), amount, " ", item.rest)


def for_whom(item: Item) -> str:
    """The roles of a line, in short words."""
    named = [_SHORT[role] for role in ROLES if role in item.audience and role != "admin"]
    return "Everyone" if len(named) == len(ROLE_WORDS) - 1 else ", ".join(named)


def export_rows(items: Sequence[Item]) -> pd.DataFrame:
    """Every line to take away."""
    parts = {
        "waits": "Waits for somebody",
        "changed": "Changed",
        "reviews": "To come",
        "data": "Data",
    }
    return pd.DataFrame(
        {
            "Part": [parts[item.part] for item in items],
            "Subject": [item.subject for item in items],
            "What": [item.lead for item in items],
            "In words": [" ".join(filter(None, [i.rest, i.tail])) for i in items],
            "Figure": [item.value for item in items],
            "Rows": [item.count for item in items],
            "Day": [item.on for item in items],
            "For": [for_whom(item) for item in items],
            "Partner id": [item.partner_id for item in items],
            "Page": [item.path for item in items],
        }
    )


def _to(path: str, filters: Mapping[str, str], label: str) -> Html:
    href = shell.address(path, **filters)
    return tag("a", label, href=href, target="_self", class_="to-partner")


def _glyph(item: Item) -> Html:
    unseen = {"bad": "urgent: ", "watch": "soon: "}.get(item.tone, "")
    shown = marks.GLYPHS[item.tone] if unseen else ""
    return join(
        [
            tag("span", shown, class_=f"glyph-of {item.tone}", aria_hidden="true"),
            tag("span", unseen, class_="unseen") if unseen else "",
        ]
    )


def _value(item: Item) -> Html:
    moves = item.value[:1] in {words.UP, words.DOWN}
    class_ = f"delta {item.tone}" if moves else None
    return tag("span", item.value, class_=class_)


def _since(item: Item, as_of: date) -> str:
    if item.on is None:
        return words.day_within(as_of, as_of)
    return f"{item.since} {words.day_within(item.on, as_of)}".strip()
