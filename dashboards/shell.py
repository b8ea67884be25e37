"""The frame every page stands in: title, as-of line, what needs you, strip, sections, states."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote_plus, urlencode

import pandas as pd
import streamlit as st

from dashboards import export, markup, replay, signin, words
from dashboards.access import ROLE_WORDS, Deed, Refused, Viewer, for_whom
from dashboards.frames import records
from dashboards.markup import Html, join, tag, text
from dashboards.queries.published import Edition, Imprint, dependents, staleness
from dashboards.registry import PageEntry
from warehouse.settings import Settings

NEEDS_AT_MOST = 4
_STALE_SENTENCES = 3
_DECIDER = "decider"


@dataclass(frozen=True)
class Visit:
    """What a page is given: where it is, which version it shows, and the pages it may link to."""

    settings: Settings
    edition: Edition
    imprint: Imprint
    path: str
    pages: Mapping[str, st.Page]
    """By path; those alone that are for whoever looks."""
    served: str
    """The version that is served; a page of another one shows what was, and changes nothing."""
    viewer: Viewer

    @property
    def is_past(self) -> bool:
        """Whether this is an older version than the one that is served."""
        return self.edition.version != self.served

    def may(self, deed: Deed) -> bool:
        """Whether whoever looks may do this here: the deed is theirs, and the version is served."""
        return self.viewer.may(deed) and not self.is_past


@dataclass(frozen=True)
class Need:
    """Something to act on: `count` is bold, `rest` says what, the link shows the rows.

    It leads to a section of the same page, or to a page with filters set.
    """

    count: str
    rest: str
    section: str | None = None
    path: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One number of the strip."""

    label: str
    value: str
    note: str = ""
    unit: str = ""
    definition: str | None = None


@dataclass(frozen=True)
class Takeaway:
    """Tables to export, by name, under a file's stem; each is made when its button is pressed."""

    stem: str
    tables: Mapping[str, Callable[[], pd.DataFrame]]


@contextmanager
def loading(visit: Visit, height: int = 820) -> Iterator[None]:
    """A skeleton of the page's final height while its rows are read for the first time.

    Later runs find the rows cached; the slot stays, so that what follows keeps its place.
    """
    slot = st.empty()
    read = (visit.path, visit.edition.version)
    if st.session_state.get("read") != read:
        slot.skeleton(height=height)
    yield
    slot.empty()
    st.session_state["read"] = read


def head(
    title: str,
    visit: Visit,
    takeaway: Takeaway,
    definitions: Mapping[str, str],
    *,
    beside: Html | None = None,
    period: Html | None = None,
) -> None:
    """The h1 with Export and Definitions, and the as-of line beneath it.

    A title from data has something `beside` it, and is text, where Streamlit's own reads Markdown.
    `period` is what the page is about, where that is not the latest week.
    """
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="head"
    ):
        if beside is None:
            st.title(title, anchor=False, width="content")
        else:
            st.html(tag("div", tag("h1", tag("bdi", title), title=title), beside, class_="titled"))
        with st.container(horizontal=True, width="content", gap="small", key="head-actions"):
            with st.popover("Export", icon=":material/download:", type="tertiary"):
                _export_buttons(takeaway, visit.viewer)
            if st.button("Definitions", icon=":material/menu_book:", type="tertiary"):
                _show_definitions(definitions)
    st.html(_as_of_line(visit.imprint, staleness(visit.edition), period))
    if visit.is_past:
        _past_line(visit.imprint)


def _past_line(imprint: Imprint) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="past"):
        when = words.moment_of_year(imprint.published_at)
        st.html(tag("b", f"As published on {when}"), width="content")
        st.button("back to the current version", type="tertiary", on_click=replay.leave)


def needs_you(
    needs: Sequence[Need], visit: Visit, nothing: str, *, unfiltered: Mapping[str, object]
) -> None:
    """Links to what needs a person, four at most in the order given; or that nothing does.

    What leads to a page that whoever looks may not open is left out. `unfiltered` are the page's
    filters when they leave nothing out.
    """
    needs = [need for need in needs if need.path is None or need.path in visit.pages]
    if not needs:
        with st.container(key="nothing-needs-you"):
            st.html(tag("p", nothing, class_="quiet"))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="needs-you"):
        st.header("Needs you", anchor=False, width="content")
        for need in needs[:NEEDS_AT_MOST]:
            _link(need, visit, unfiltered)


def _link(need: Need, visit: Visit, unfiltered: Mapping[str, object]) -> None:
    label = f"**{need.count}** {need.rest}"
    if need.section is not None:
        words_of_it = join([tag("strong", need.count), " ", need.rest])
        st.html(
            tag("a", tag("p", words_of_it), href=f"#{need.section}", target="_self"),
            width="content",
        )
    elif need.path in (None, visit.path):
        # A page_link to its own page sets the filters and leaves them out of the address.
        state = {**unfiltered, **need.filters}
        st.button(label, type="tertiary", on_click=st.session_state.update, args=(state,))
    else:
        page = visit.pages[str(need.path)]
        st.page_link(page, label=label, query_params=dict(need.filters))


def address(path: str, **asked: str) -> str:
    """The address of a page for a link in markup; it stays at the version that is open."""
    version = st.query_params.get("version")
    query = urlencode(asked if version is None else {**asked, "version": version})
    return f"{path}?{query}" if query else path


def partner_addresses(partner_ids: Iterable[str]) -> list[str]:
    """The addresses of many partners' pages."""
    any_partner = address("partner", partner="ID")
    return [any_partner.replace("=ID", f"={quote_plus(key)}", 1) for key in partner_ids]


def partner_link(partner_id: str, partner_name: str) -> Html:
    """A partner's name that leads to its page."""
    href = address("partner", partner=partner_id)
    return tag("a", markup.name(partner_name), href=href, target="_self", class_="to-partner")


def strip(figures: Sequence[Figure]) -> None:
    """Four to six numbers side by side; two across on a phone."""
    st.html(
        tag(
            "dl",
            *(
                tag(
                    "div",
                    tag("dt", figure.label),
                    tag("dd", figure.value, " ", tag("small", figure.unit), class_="value"),
                    tag("dd", figure.note),
                    title=figure.definition,
                )
                for figure in figures
            ),
            class_="strip",
        )
    )


def section(title: str, note: str = "", *, anchor: str | None = None) -> None:
    """An h2 and, beneath it, one quiet sentence on what follows. `anchor` is where links lead."""
    st.header(title, anchor=anchor or False)
    if note:
        st.html(tag("p", note, class_="quiet"))


def stale_notice(edition: Edition) -> None:
    """A sentence for each of the oldest extracts past their window, or nothing."""
    lines = stale_sentences(staleness(edition), dependents(edition))
    if lines:
        st.html(tag("div", *(tag("p", line) for line in lines), class_="notice", role="status"))


def stale_sentences(extracts: pd.DataFrame, metrics: Mapping[str, Sequence[str]]) -> list[str]:
    """`Billing invoices: 9 days old (limit 7); First response is as of 6 Nov 2026.`

    One for each of the stalest extracts, furthest past its window first, three at most and a count
    of the rest. `metrics` are the labels of what needs an extract, by `system.entity`.
    """
    stale = extracts[extracts["is_stale"]]
    past = (stale["age_days"] - stale["freshness_window_days"]).sort_values(
        ascending=False, kind="stable"
    )
    lines = []
    for row in records(stale.loc[past.index].head(_STALE_SENTENCES)):
        needed = list(metrics.get(f"{row.system}.{row.entity}", []))
        shown = needed[:3] + ([f"{len(needed) - 3} more"] if len(needed) > 3 else [])
        what = (
            f"{words.listed(shown)} {'is' if len(shown) == 1 else 'are'} as of"
            if shown
            else "as of"
        )
        lines.append(
            f"{extract_name(row.system, row.entity)}: "
            f"{words.counted(int(row.age_days), 'day')} old "
            f"(limit {row.freshness_window_days}); {what} {words.day(row.newest_at)}."
        )
    if len(stale) > _STALE_SENTENCES:
        lines.append(
            f"{words.counted(len(stale) - _STALE_SENTENCES, 'more extract')} past the limit."
        )
    return lines


def missing(extracts: pd.DataFrame) -> "pd.Series[bool]":
    """Whether an extract is absent though a metric in force needs it."""
    return ~extracts["is_present"] & extracts["is_needed"]


def extract_name(system: str, entity: str) -> str:
    """An extract in words: Billing invoice lines."""
    return f"{words.title(system)} {words.spelled(entity)}"


def state(sentence: str, then: str = "") -> None:
    """A page or a part of it without rows: what is so, and what to do."""
    st.html(tag("div", tag("b", sentence), " ", then, class_="state", role="status"))


def no_match(sentence: str, *, unfiltered: Mapping[str, object]) -> None:
    """Filters that leave nothing: which, and a way out."""
    with st.container(horizontal=True, vertical_alignment="center", key="empty-state"):
        st.html(tag("b", sentence), width="content")
        st.button(
            "Clear filters", type="tertiary", on_click=st.session_state.update, args=(unfiltered,)
        )


def decider(viewer: Viewer) -> str:
    """Who decides, in a form: whoever signed in, and nobody else; without sign-in a name to fill
    in, kept for the next form.

    A form runs without the page around it, so it asks anew who looks.
    """
    require(viewer)
    if viewer.is_signed_in:
        st.html(tag("p", "Recorded as ", tag("b", tag("bdi", viewer.signature))))
        return viewer.signature
    asked = st.text_input("Your name", str(st.session_state.get(_DECIDER, "")), max_chars=120)
    written = (asked or "").strip()
    if written:
        st.session_state[_DECIDER] = written
    return written


def require(viewer: Viewer) -> None:
    """Go on only while whoever looks is who the page was drawn for: a role may be gone by now."""
    if signin.who(Settings()) != viewer:
        st.rerun()


class NotAnyMoreError(Exception):
    """A page was drawn for somebody who may not look at it any more."""


def handed_out(viewer: Viewer, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """A file to download as it is made when its button is pressed, perhaps hours after the page.

    It asks then who looks, and raises NotAnyMoreError, of which Streamlit says that it failed.
    """
    looks = signin.later(Settings())

    def made() -> bytes:
        if looks() != viewer:
            raise NotAnyMoreError(f"made for {viewer.signature or 'this machine'}")
        return make()

    return made


def foot(viewer: Viewer | None) -> None:
    """As whom somebody looks; how far these pages reach without sign-in."""
    if viewer is None:
        said = "Who may see what goes by roles, and administrators give them."
    elif viewer.is_signed_in:
        said = f"Signed in as {viewer.signature}, {ROLE_WORDS[viewer.role]}."
    else:
        said = "No sign-in is configured, so these pages are served to this machine only."
    st.html(tag("p", said, class_="foot"))


def sign_in(path: str) -> None:
    """The door: nothing is shown before somebody has signed in."""
    with _instead("Sign in to see how partners do.", "", None):
        signin.remember(path)
        with st.container(horizontal=True):
            for provider, label in signin.providers().items():
                st.button(label, type="primary", on_click=st.login, args=(provider,))


def refuse(refused: Refused) -> None:
    """Somebody whom the pages are not for."""
    with _instead("These pages are not for you.", refused.because, None):
        if refused.is_signed_in:
            st.button("Sign out", on_click=st.logout)


def not_for(entry: PageEntry, viewer: Viewer) -> None:
    """A page that is not for whoever looks."""
    whose = f"It is for {for_whom(entry.audience)}."
    with _instead(f"{entry.title} is not for you.", whose, viewer):
        pass


def no_partners(viewer: Viewer) -> None:
    """A partner manager whom no partner names."""
    then = "The CRM says who manages a partner."
    with _instead(f"No partner names {viewer.manages} as its manager.", then, viewer):
        pass


def nothing_published(viewer: Viewer) -> None:
    """Before the first refresh."""
    then = join(["Run ", tag("code", "scorecards refresh"), "."])
    with _instead("Nothing is published yet.", then, viewer):
        pass


def not_kept(version: str, viewer: Viewer) -> None:
    """An address that names a version nobody keeps."""
    then = "Data trust lists those that are."
    with _instead(f"No version {version} is kept.", then, viewer):
        st.button("Back to the current version", type="tertiary", on_click=replay.leave)


def unreadable(reason: str, viewer: Viewer) -> None:
    """A published file these pages cannot read."""
    then = f"{reason}. It stands as it is; update the product and serve again."
    with _instead("The published version cannot be read.", then, viewer):
        pass


@contextmanager
def _instead(sentence: str, then: str, viewer: Viewer | None) -> Iterator[None]:
    """What stands in place of a page: what is so, and what to do."""
    st.title("Partner Scorecards", anchor=False)
    state(sentence, then)
    yield
    foot(viewer)


def _export_buttons(takeaway: Takeaway, viewer: Viewer) -> None:
    """A CSV per table and one workbook of all."""
    st.download_button(
        "Excel",
        data=handed_out(
            viewer,
            lambda: export.to_xlsx({name: make() for name, make in takeaway.tables.items()}),
        ),
        file_name=f"{takeaway.stem}.xlsx",
        mime=export.XLSX_TYPE,
        on_click="ignore",
        width="stretch",
    )
    for name, make in takeaway.tables.items():
        several = len(takeaway.tables) > 1
        st.download_button(
            f"CSV, {name}" if several else "CSV",
            data=handed_out(viewer, lambda make=make: export.to_csv(make())),  # type: ignore[misc]
            file_name=f"{takeaway.stem}-{name.replace(' ', '-')}.csv"
            if several
            else f"{takeaway.stem}.csv",
            mime=export.CSV_TYPE,
            on_click="ignore",
            width="stretch",
        )


@st.dialog("Definitions", width="large")
def _show_definitions(definitions: Mapping[str, str]) -> None:
    terms = [join([tag("dt", term), tag("dd", meaning)]) for term, meaning in definitions.items()]
    st.html(tag("dl", *terms, class_="definitions"))


def _as_of_line(imprint: Imprint, extracts: pd.DataFrame, period: Html | None = None) -> Html:
    parts = [
        period or _period(imprint),
        text(f"published {words.moment(imprint.published_at, imprint.as_of)}"),
        text(f"version {imprint.version}"),
        tag("span", f"policy {imprint.policy}", title=imprint.policy_hash),
        _freshness(extracts),
    ]
    return tag("p", join(parts, " · "), class_="as-of")


def _period(imprint: Imprint) -> Html:
    if imprint.period_start is None or imprint.period_end is None:
        return text(f"No week has a partner, data to {words.day(imprint.as_of)}")
    last_day = words.day_within(imprint.period_end - timedelta(days=1), imprint.period_start)
    week = tag("b", words.day(imprint.period_start))
    return join(["Week of ", week, f", data to {last_day}"])


def _freshness(extracts: pd.DataFrame) -> Html:
    counts = {"stale": extracts["is_stale"].sum(), "missing": missing(extracts).sum()}
    said = [f"{words.counted(int(n), 'extract')} {how}" for how, n in counts.items() if n]
    return tag("span", ", ".join(said), class_="watch") if said else text("all extracts fresh")
