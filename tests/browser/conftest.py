import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import DESK, chromium, chromium_path, served
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboards"))

from ecosystem_rows import add_ecosystem
from money_rows import add_money
from partner_rows import add_partner_marts
from review_rows import add_reviews
from snapshot_factory import Scenario, publish

HOSTILE = (
    "<script>document.title='taken'</script>",
    '=HYPERLINK("http://example.org","x")',
    "\u202eevil\u202c",
    "N" * 200,
    "<img src=x onerror=\"document.title='taken'\">",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium_path() is None:
        pytest.fail("no browser: set CHROMIUM_PATH, or install chromium")
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over an invented company with hostile names, a stale and an absent extract."""
    home = tmp_path_factory.mktemp("home")
    version = publish(
        home,
        Scenario(
            partners=60,
            names=HOSTILE,
            stale=("billing.invoices",),
            absent=("telemetry.access_grants",),
            refused_files=("crm.surveys",),
        ),
    )
    add_partner_marts(version)
    add_money(version, invoiced=1_240)
    add_reviews(version)
    add_ecosystem(version)
    with served(home) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, accept_downloads=True)
    yield context.new_page()
    context.close()
