import csv
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from browsing import DESK, served, settle
from oidc_provider_mock import User, run_server_in_thread
from partner_rows import add_partner_marts
from playwright.sync_api import Browser, Page
from snapshot_factory import MANAGERS, Scenario, publish

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:.*is deprecated and will be removed:DeprecationWarning"),
]

REFUSED = {
    "head": None,
    "admin": None,
    "ops": "leakage",
    "finance": "tier-changes",
    "exec": "attribution",
    "partner-manager": "revenue-review",
}
"""A page that is not for each role."""
ANA = "ana.brandt@example.com"
PEOPLE = [
    User(
        sub=role,
        claims={
            "email": ANA.title() if role == "partner-manager" else f"{role}@example.com",
            "email_verified": True,
            "name": "Ana Brandt" if role == "partner-manager" else role.title(),
            "role": ["staff", role],
        },
    )
    for role in (*REFUSED, "guest")
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented company whose partners name the address of their managers."""
    folder = tmp_path_factory.mktemp("home")
    version = publish(folder, Scenario(partners=24))
    add_partner_marts(version)
    with closing(duckdb.connect(version)) as connection:
        connection.execute("alter table marts.dim_partner add column partner_manager_email varchar")
        for name in MANAGERS:
            email = f"{name.lower().replace(' ', '.')}@example.com"
            connection.execute(
                "update marts.dim_partner set partner_manager_email = ? where partner_manager = ?",
                [email, name],
            )
    return folder


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[str]:
    """The app with sign-in at a provider of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider speaks plain http
        with run_server_in_thread(user_claims=PEOPLE) as provider:
            secrets = home / "secrets.toml"
            secrets.write_text(
                f"""
                [auth]
                redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
                cookie_secret = "{"0123456789abcdef" * 2}"
                client_id = "scorecards"
                client_secret = "secret"
                server_metadata_url = "http://localhost:{provider.server_port}/.well-known/openid-configuration"
                """
            )
            with served(home, secrets) as address:
                yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, accept_downloads=True)
    yield context.new_page()
    context.close()


def opened(page: Page, address: str) -> str:
    """What a page says at an address."""
    page.goto(address)
    settle(page)
    return page.locator(".stMain").inner_text()


def sign_in(page: Page, address: str, role: str) -> str:
    """Sign in from an address; what the page says that one is led to."""
    assert "Sign in to see how partners do." in opened(page, address)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name=role, exact=True).click()
    page.wait_for_selector(".foot", timeout=20_000)
    settle(page)
    return page.locator(".stMain").inner_text()


@pytest.mark.parametrize("role", REFUSED)
def test_each_role_signs_in_and_is_refused_what_is_not_theirs(page, door, role):
    refused = REFUSED[role]
    asked = refused or "leakage?check=Unbilled"
    said = sign_in(page, f"{door}/{asked}", role)
    assert page.url == f"{door}/{asked}"
    assert ("is not for you. It is for" in said) == (refused is not None)
    assert "Signed in as" in said
    bar = page.locator("[data-testid=stTopNavLink], [data-testid=stTopNavLinkContainer]")
    assert "Today" in bar.all_inner_texts()
    assert ("Tier changes" in bar.all_inner_texts()) == (role in {"head", "admin"})


def test_a_partner_manager_meets_own_partners_alone(page, door, tmp_path):
    sign_in(page, f"{door}/scorecards", "partner-manager")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "scorecards.csv")
    text = (tmp_path / "scorecards.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 24 / len(MANAGERS)
    assert {row["partner_manager"] for row in rows} == {"Ana Brandt"}
    own = rows[0]["partner_id"]
    assert rows[0]["partner_name"] in opened(page, f"{door}/partner?partner={own}")
    assert "P-00001" in {row["partner_id"] for row in rows}
    foreign = opened(page, f"{door}/partner?partner=P-00002")
    assert "No partner has the id “P-00002”" in foreign
    assert "Idris Kaya" not in foreign
    assert "Attribution is not for you" in opened(page, f"{door}/attribution?deal=O-1")


def test_who_has_no_role_is_told_so_and_leaves_by_the_same_door(page, door):
    said = sign_in(page, door, "guest")
    assert "guest@example.com has no role here." in said
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # the provider's own
    page.wait_for_url(f"{door}/")
    settle(page)
    assert "Sign in to see how partners do." in page.locator(".stMain").inner_text()
    assert "Sign in to see how partners do." in opened(page, f"{door}/scorecards")
