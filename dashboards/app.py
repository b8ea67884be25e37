"""The pages: settings from the environment, navigation, and the frame around each page."""

from collections.abc import Callable
from functools import partial
from itertools import groupby

import streamlit as st

from dashboards import replay, shell
from dashboards.queries.published import UnreadableEdition, current_edition, imprint
from dashboards.registry import PageEntry, load_pages
from dashboards.theme.style import LOGO, MARK, style_sheet
from warehouse.settings import Settings
from warehouse.snapshots import NotPublishedError


def open_page(entry: PageEntry, pages: dict[str, st.Page]) -> None:
    """Show one page of the version asked for, by default the served one, or say why not."""
    st.set_page_config(page_title=f"{entry.title} · Partner Scorecards")
    settings = Settings()
    served = current_edition(settings)
    if served is None:
        shell.nothing_published()
        return
    edition = replay.edition_asked_for(served)
    try:
        printed = imprint(edition)
    except NotPublishedError:
        shell.not_kept(edition.version)
        return
    except UnreadableEdition as reason:
        shell.unreadable(str(reason))
        return
    entry.view()(
        shell.Visit(
            settings=settings,
            edition=edition,
            imprint=printed,
            path=entry.path,
            pages=pages,
            served=served.version,
        )
    )
    shell.foot()


def main() -> None:
    """One run of the app: the page the address names."""
    st.set_page_config(page_title="Partner Scorecards", page_icon=str(MARK), layout="wide")
    st.html(style_sheet())
    entries = load_pages()
    pages: dict[str, st.Page] = {}
    for entry in entries:
        pages[entry.path] = st.Page(
            partial(open_page, entry, pages),
            title=entry.title,
            icon=entry.icon,
            url_path=entry.path,
        )
    first = pages[entries[0].path]
    home = st.Page(_to(first), title="Partner Scorecards", default=True, visibility="hidden")
    st.logo(str(LOGO), size="large")
    st.navigation(_sections(entries, pages, home), position="top").run()


def _to(page: st.Page) -> Callable[[], None]:
    """The default page has no address of its own, so it leads on to one that has."""

    def home() -> None:
        asked = {key: st.query_params.get_all(key) for key in st.query_params}
        st.switch_page(page, query_params=asked)

    return home


def _sections(
    entries: tuple[PageEntry, ...], pages: dict[str, st.Page], home: st.Page
) -> dict[str, list[st.Page]]:
    """The bar: pages without a group, and groups of one, stand by themselves."""
    sections: dict[str, list[st.Page]] = {"": [home]}
    for group, members in groupby(entries, key=lambda entry: entry.group):
        found = [pages[entry.path] for entry in members]
        sections.setdefault("" if group is None or len(found) == 1 else group, []).extend(found)
    return sections


main()
