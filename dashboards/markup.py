"""HTML of the pages: text is escaped unless it was made here, so data is never markup."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class Html(str):
    """A piece of markup. Plain `str` is text and gets escaped wherever it meets markup."""

    __slots__ = ()


def text(value: str) -> Html:
    """The value as it may stand in markup or in an attribute; markup passes unchanged.

    Control characters go: they show nothing and no HTML may hold them. The space that binds a
    currency to its amount stays.
    """
    if isinstance(value, Html):
        return value
    return Html(html.escape("".join(c for c in value if c.isprintable() or c in "\n\t\u00a0")))


def tag(name: str, *children: str, **attributes: str | None) -> Html:
    """One element. `class_` and `for_` lose their underscore, `aria_label` becomes `aria-label`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(parts: Iterable[str], separator: str = "") -> Html:
    """Several pieces in a row."""
    return Html(text(separator).join(text(part) for part in parts))


def name(value: str, class_: str = "name") -> Html:
    """Words from data: cut by CSS where long, in their own direction, whole on hover."""
    return tag("bdi", value, class_=class_, title=value)


@dataclass(frozen=True)
class Column:
    """A column of a table: its header, how it stands, what it means."""

    header: str
    is_number: bool = False
    definition: str | None = None
    class_: str = ""

    @property
    def classes(self) -> str | None:
        """CSS classes of its cells."""
        return " ".join(filter(None, ["number" if self.is_number else "", self.class_])) or None


@dataclass(frozen=True)
class Group:
    """Rows under a heading of their own. The first cell of each row is its header."""

    rows: Sequence[Sequence[str]]
    heading: str | None = None


def table(
    columns: Sequence[Column], groups: Sequence[Group], *, caption: str, is_tall: bool = False
) -> Html:
    """A table with real headers; a tall one scrolls beneath them. `caption` is what it is."""
    head = join(
        tag("th", c.header, scope="col", class_=c.classes, title=c.definition) for c in columns
    )
    bodies = []
    for group in groups:
        rows = [
            tag(
                "tr",
                tag("th", row[0], scope="row", class_=columns[0].classes),
                *(
                    tag("td", cell, class_=column.classes)
                    for column, cell in zip(columns[1:], row[1:], strict=True)
                ),
            )
            for row in group.rows
        ]
        if group.heading is not None:
            heading = tag("th", group.heading, scope="rowgroup", colspan=str(len(columns)))
            rows.insert(0, tag("tr", heading, class_="group"))
        bodies.append(tag("tbody", *rows))
    whole = tag(
        "table",
        tag("caption", caption, class_="unseen"),
        tag("thead", tag("tr", head)),
        *bodies,
    )
    class_ = "table tall" if is_tall else "table"
    return tag("div", whole, class_=class_, tabindex="0", role="region", aria_label=caption)
