"""The pages: settings from the environment, navigation, and the frame around each page."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby

import streamlit as st

from dashboards import replay, shell, signin
from dashboards.access import Refused, Viewer, may_open
from dashboards.queries.published import (
    UnreadableEdition,
    current_edition,
    imprint,
    of_manager,
    own_partners,
)
from dashboards.registry import PageEntry, load_pages
from dashboards.theme.style import LOGO, MARK, style_sheet
from warehouse.settings import Settings
from warehouse.snapshots import NotPublishedError


def open_page(entry: PageEntry, viewer: Viewer, pages: dict[str, st.Page]) -> None:
    """Show one page of the version asked for, by default the served one, or say why not."""
    st.set_page_config(page_title=f"{entry.title} · Partner Scorecards")
    settings = Settings()
    served = current_edition(settings)
    if served is None:
        shell.nothing_published(viewer)
        return
    if viewer.manages is not None:
        served = of_manager(served, viewer.manages)
        if not own_partners(served):
            shell.no_partners(viewer)
            return
    edition = replay.edition_asked_for(served)
    try:
        printed = imprint(edition)
    except NotPublishedError:
        shell.not_kept(edition.version, viewer)
        return
    except UnreadableEdition as reason:
        shell.unreadable(str(reason), viewer)
        return
    entry.view()(
        shell.Visit(
            settings=settings,
            edition=edition,
            imprint=printed,
            path=entry.path,
            pages=pages,
            served=served.version,
            viewer=viewer,
        )
    )
    shell.foot(viewer)


def main() -> None:
    """One run of the app: the page the address names, if it is for whoever looks."""
    st.set_page_config(page_title="Partner Scorecards", page_icon=str(MARK), layout="wide")
    st.html(style_sheet())
    st.logo(str(LOGO), size="large")
    viewer = signin.who(Settings())
    if isinstance(viewer, Viewer):
        st.navigation(_pages(viewer), position="top").run()
    else:
        st.navigation({"": _doors(viewer)}, position="top").run()


def _pages(viewer: Viewer) -> dict[str, list[st.Page]]:
    """The bar of what somebody may open; what they may not says so at its address."""
    entries = load_pages()
    own: dict[str, st.Page] = {}
    opened = [entry for entry in entries if may_open(viewer.role, entry.audience)]
    for entry in opened:
        own[entry.path] = st.Page(
            partial(open_page, entry, viewer, own),
            title=entry.title,
            icon=entry.icon,
            url_path=entry.path,
        )
    others = {
        entry.path: _hidden(partial(shell.not_for, entry, viewer), entry.path)
        for entry in entries
        if entry not in opened
    }
    home = _hidden(_to(own[opened[0].path], own | others), "")
    sections = _sections(opened, own, [home, *others.values()])
    if viewer.is_signed_in:
        leave = st.Page(st.logout, title="Sign out", icon=":material/logout:", url_path="sign-out")
        sections.setdefault(viewer.name or str(viewer.email), []).append(leave)
    return sections


def _doors(refused: Refused | None) -> list[st.Page]:
    """Every address, for whom there is nothing behind it: a way to sign in, or why not."""
    paths = ["", *(entry.path for entry in load_pages())]
    return [
        _hidden(
            partial(shell.sign_in, path) if refused is None else partial(shell.refuse, refused),
            path,
        )
        for path in paths
    ]


def _hidden(show: Callable[[], None], path: str) -> st.Page:
    """A page that no bar lists; the one without a path is the default."""
    is_default = not path
    return st.Page(
        show,
        title="Partner Scorecards",
        url_path=path or None,
        default=is_default,
        visibility="hidden",
    )


def _to(first: st.Page, pages: Mapping[str, st.Page]) -> Callable[[], None]:
    """The default page has no address of its own, so it leads on to one that has.

    After signing in that is the one asked for before.
    """

    def home() -> None:
        way = signin.recalled()
        if way is not None and way[0] in pages:
            st.switch_page(pages[way[0]], query_params=way[1])
        asked = {key: st.query_params.get_all(key) for key in st.query_params}
        st.switch_page(first, query_params=asked)

    return home


def _sections(
    entries: Sequence[PageEntry], pages: Mapping[str, st.Page], hidden: list[st.Page]
) -> dict[str, list[st.Page]]:
    """The bar: pages without a group, and groups of one, stand by themselves."""
    sections: dict[str, list[st.Page]] = {"": hidden}
    for group, members in groupby(entries, key=lambda entry: entry.group):
        found = [pages[entry.path] for entry in members]
        sections.setdefault("" if group is None or len(found) == 1 else group, []).extend(found)
    return sections


main()
