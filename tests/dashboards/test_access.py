from typing import Any

import pytest
from page_markup import markup
from streamlit.util import calc_hash

from dashboards import signin
from dashboards.access import LOCAL, ROLES, Refused, Role, Viewer, admit, for_whom, may_open
from dashboards.registry import load_pages

AUDIENCES: dict[str, set[str]] = {
    "today": {"everyone"},
    "scorecards": {"head", "ops", "finance", "exec", "partner-manager"},
    "partner": {"everyone"},
    "tier-changes": {"head"},
    "what-if": {"head"},
    "business-reviews": {"head", "ops", "partner-manager"},
    "deal-registration": {"head", "ops", "partner-manager"},
    "delivery": {"head", "ops", "partner-manager"},
    "revenue-review": {"finance", "head", "exec"},
    "attribution": {"finance", "head"},
    "leakage": {"finance", "head"},
    "ecosystem": {"exec", "head", "ops", "finance"},
    "data-trust": {"everyone"},
}
"""What the specification says of each page."""

REVIEWS = ("run_reviews", "make_packs", "make_internal_packs")


def claims(**said: Any) -> dict[str, Any]:
    return {"email": "Ana.Brandt@example.com", "name": "Ana Brandt", "email_verified": True} | said


def test_each_page_is_for_those_the_specification_names():
    assert {page.path: set(page.audience) for page in load_pages()} == AUDIENCES


@pytest.mark.parametrize(
    ("role", "deeds"),
    [
        ("admin", {"decide_tiers", "judge_leaks", *REVIEWS}),
        ("head", {"decide_tiers", *REVIEWS}),
        ("finance", {"judge_leaks"}),
        ("ops", set(REVIEWS)),
        ("exec", set()),
        ("partner-manager", {"run_reviews", "make_packs"}),
    ],
)
def test_each_role_has_its_deeds(role, deeds):
    everything = ("decide_tiers", "judge_leaks", *REVIEWS)
    viewer = Viewer(role, "Ana Brandt", "ana@example.com")
    assert {deed for deed in everything if viewer.may(deed)} == deeds


def test_an_administrator_opens_every_page_and_whoever_is_alone_with_the_machine_is_one():
    assert all(may_open("admin", page.audience) for page in load_pages())
    assert LOCAL.role == "admin"
    assert LOCAL.manages is None


def test_only_a_partner_manager_sees_partners_by_who_manages_them():
    seen = {role: Viewer(role, "Ana", "ana@example.com").manages for role in ROLES}
    assert {role for role, email in seen.items() if email is not None} == {"partner-manager"}
    assert seen["partner-manager"] == "ana@example.com"


@pytest.mark.parametrize(
    ("told", "claim", "role"),
    [
        ({"role": "finance"}, "role", "finance"),
        ({"role": ["staff", "ops"]}, "role", "ops"),
        ({"role": ["partner-manager", "exec", "ops"]}, "role", "ops"),
        ({"https://example.com/roles": ["exec"]}, "https://example.com/roles", "exec"),
        ({"realm_access": {"roles": ["head"]}}, "realm_access.roles", "head"),
    ],
)
def test_the_provider_says_the_role_in_a_claim(told, claim, role):
    viewer = admit(claims(**told), None, claim)
    assert viewer == Viewer(role, "Ana Brandt", "Ana.Brandt@example.com")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"role": None},
        {"role": []},
        {"role": "superuser"},
        {"role": "Head"},
        {"role": "admins"},
        {"role": {"admin": False}},
        {"role": 1},
        {"role": [["admin"], None]},
        {"role": "head", "email_verified": False},
        {"role": "head", "email_verified": "false"},
        {"role": "head", "email": ""},
        {"role": "head", "email": None},
    ],
)
def test_who_has_no_role_or_no_address_of_their_own_is_refused(told):
    assert isinstance(admit(claims(**told), None, "role"), Refused)


def test_with_a_list_the_list_alone_says_the_role():
    listed: dict[str, Role] = {"ana.brandt@example.com": "finance"}
    viewer = admit(claims(role="admin"), listed, "role")
    assert isinstance(viewer, Viewer)
    assert viewer.role == "finance"
    assert isinstance(admit(claims(role="admin", email="b@example.com"), listed, "role"), Refused)


def test_the_ledger_names_a_person_by_name_and_address():
    assert Viewer("head", "Ana Brandt", "a@example.com").signature == "Ana Brandt (a@example.com)"
    assert Viewer("head", None, "a@example.com").signature == "a@example.com"


def test_an_audience_is_said_in_words():
    assert for_whom(("finance", "head")) == "head of partnerships, finance and administrators"
    assert for_whom(("admin",)) == "administrators"


@pytest.fixture
def looks(monkeypatch):
    """Whoever looks from now on."""

    def set_viewer(viewer: Viewer | Refused | None) -> None:
        monkeypatch.setattr(signin, "who", lambda _: viewer)

    return set_viewer


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_others_say_so_at_their_address_and_nothing_else(open_page, tmp_path, looks, role):
    looks(Viewer(role, "Ana Brandt", "ana@example.com"))
    app = open_page(tmp_path, "data-trust")
    for page in load_pages():
        app._page_hash = calc_hash(page.path)  # what a browser sends that opens this address
        app.run()
        shown = markup(app)
        assert not app.exception
        if may_open(role, page.audience):
            assert "is not for you" not in shown
        else:
            assert f"{page.title} is not for you. It is for {for_whom(page.audience)}." in plain(
                shown
            )
            assert [each.value for each in app.title] == ["Partner Scorecards"]


def plain(shown: str) -> str:
    return shown.replace("<b>", "").replace("</b>", "")
