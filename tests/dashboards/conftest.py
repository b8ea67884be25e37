from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from snapshot_factory import Scenario, publish
from streamlit.testing.v1 import AppTest

from dashboards import registry
from dashboards.serve import APP

OpenPage = Callable[..., AppTest]


@pytest.fixture
def publish_scenario(tmp_path: Path) -> Callable[..., Path]:
    """Publish a scenario into a home of its own; returns the home."""

    def made(**changes: object) -> Path:
        publish(tmp_path, Scenario(**changes))
        return tmp_path

    return made


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open a page of the app over a home, with filters in the address, as a browser would."""
    return _opener(monkeypatch)


@pytest.fixture(scope="module")
def open_once() -> Iterator[OpenPage]:
    """The same for pages that several tests of a module only read."""
    with pytest.MonkeyPatch.context() as patch:
        yield _opener(patch)


def _opener(patch: pytest.MonkeyPatch) -> OpenPage:
    st.cache_data.clear()
    listed = registry.load_pages()

    def opened(home: Path, path: str = "scorecards", **query: str | list[str]) -> AppTest:
        patch.setenv("SCORECARDS_HOME", str(home))
        # The address without a path leads to the first page: here, the one under test.
        first = tuple(sorted(listed, key=lambda page: page.path != path))
        patch.setattr(registry, "load_pages", lambda: first)
        app = AppTest.from_file(str(APP), default_timeout=30)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return opened
