import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from page_markup import markup
from snapshot_factory import Scenario, publish
from streamlit.testing.v1 import AppTest

from dashboards import shell, signin
from dashboards.access import LOCAL, Refused, Viewer
from dashboards.serve import APP
from dashboards.signin_setup import UnusableRolesError, problems, read_roles
from warehouse.settings import Settings

AUTH = """
[auth]
redirect_uri = "https://scorecards.example.com/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "scorecards"
client_secret = "secret"
server_metadata_url = "https://id.example.com/.well-known/openid-configuration"
"""
ANA = {
    "is_logged_in": True,
    "email": "Ana.Brandt@example.com",
    "email_verified": True,
    "name": "Ana Brandt",
    "role": "exec",
}


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def claims(hours_ago: float = 0, **said: Any) -> dict[str, Any]:
    signed_in = datetime.now(UTC) - timedelta(hours=hours_ago)
    return ANA | {"iat": int(signed_in.timestamp())} | said


@pytest.fixture
def who_is(monkeypatch, tmp_path):
    """Who somebody is of whom the provider says this."""

    def asked(told: dict[str, Any], **settings: Any) -> Viewer | Refused | None:
        monkeypatch.setattr(type(st.user), "to_dict", lambda _: told)
        return signin.who(Settings(secrets=tmp_path / "secrets.toml", **settings))

    return asked


def test_whoever_is_signed_in_has_the_role_their_provider_names(who_is):
    assert who_is(claims()) == Viewer("exec", "Ana Brandt", "Ana.Brandt@example.com")
    assert who_is(claims(groups=["ops"]), role_claim="groups").role == "ops"


def test_nobody_is_let_in_before_signing_in(who_is):
    assert who_is({"is_logged_in": False}) is None
    assert who_is({}) is None


def test_a_sign_in_lapses_after_its_hours(who_is):
    assert who_is(claims(hours_ago=11.9)) is not None
    assert who_is(claims(hours_ago=12.1)) is None
    assert who_is(claims(hours_ago=12.1), session_hours=13) is not None
    assert isinstance(who_is(claims(iat=None)), Refused)


def test_a_role_that_is_taken_from_the_list_is_gone_at_the_next_click(who_is, tmp_path):
    roles = written(tmp_path / "roles.csv", "email,role\nana.brandt@example.com,head\n")
    assert who_is(claims(), roles=roles).role == "head"
    written(roles, "email,role\nb@example.com,head\n")
    os.utime(roles, ns=(1, 1))
    assert isinstance(who_is(claims(), roles=roles), Refused)


def test_a_file_is_handed_out_only_to_who_may_still_look(who_is, monkeypatch, tmp_path):
    roles = written(tmp_path / "roles.csv", "email,role\nana.brandt@example.com,ops\n")
    ana = who_is(claims(), roles=roles)
    monkeypatch.setenv("SCORECARDS_SECRETS", str(tmp_path / "secrets.toml"))
    monkeypatch.setenv("SCORECARDS_ROLES", str(roles))
    made = shell.handed_out(ana, lambda: b"rows")
    # Streamlit makes the file outside of the session, where nobody is signed in.
    monkeypatch.setattr(type(st.user), "to_dict", lambda _: {})
    assert made() == b"rows"
    monkeypatch.setattr(signin, "datetime", InAWeek)
    with pytest.raises(shell.NotAnyMoreError):
        made()
    monkeypatch.undo()
    written(roles, "email,role\nana.brandt@example.com,exec\n")
    os.utime(roles, ns=(1, 1))
    with pytest.raises(shell.NotAnyMoreError, match="made for Ana Brandt"):
        made()


class InAWeek(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.now(tz) + timedelta(weeks=1)


def test_a_list_that_cannot_be_read_lets_nobody_in(who_is, tmp_path):
    roles = written(tmp_path / "roles.csv", "email,role\nana.brandt@example.com,queen\n")
    assert "cannot be read" in who_is(claims(), roles=roles).because
    assert "cannot be read" in who_is(claims(), roles=tmp_path / "gone.csv").because


def test_without_sign_in_this_machine_alone_may_do_everything(monkeypatch):
    for address, expected in (("127.0.0.1", LOCAL), ("localhost", LOCAL), ("0.0.0.0", None)):
        monkeypatch.setattr(st, "get_option", lambda _, address=address: address)
        found = signin.who(Settings(secrets=None))
        assert found == expected if expected else isinstance(found, Refused)


def test_roles_are_read_by_address_in_any_case(tmp_path):
    path = written(tmp_path / "roles.csv", "\ufeffrole,email\nhead, A@Example.com \n")
    assert read_roles(path) == {"a@example.com": "head"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mail,role\na@example.com,head\n", "the columns are not email and role"),
        ("email,role\na@example.com,queen\n", "line 2: 'queen' is not one of admin, head"),
        ("email,role\na@example.com\n", "line 2: '' is not one of"),
        ("email,role\n,head\n", "line 2: no email"),
        ("email,role\na@b.c,head\nA@B.C,ops\n", "line 3: a@b.c stands there twice"),
    ],
)
def test_a_wrong_list_of_roles_is_refused_by_line(tmp_path, text, said):
    with pytest.raises(UnusableRolesError, match=said):
        read_roles(written(tmp_path / "roles.csv", text))


def test_other_machines_are_served_with_sign_in_alone(tmp_path):
    secrets = written(tmp_path / "secrets.toml", AUTH)
    assert problems(Settings(), "127.0.0.1") == []
    assert problems(Settings(), "0.0.0.0") == [
        "--host 0.0.0.0: without sign-in (SCORECARDS_SECRETS) only this machine"
    ]
    assert problems(Settings(secrets=secrets), "0.0.0.0") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("client_id", "id"), "[auth] has no client_id"),
        (("[auth]", "[other]"), "[auth] has no redirect_uri"),
        (("0123456789abcdef0123456789abcdef", "short"), "shorter than 32 characters"),
        (("/oauth2callback", "/back"), "does not end with /oauth2callback"),
        (("[auth]", "[auth"), "no TOML"),
        (("client_id", "[auth.google]\nclient_id"), None),
        (('client_secret = "secret"', "[auth.google]\n"), "[auth.google] has no client_id"),
    ],
)
def test_a_sign_in_that_cannot_work_is_refused_before_anything_is_served(tmp_path, change, said):
    secrets = written(tmp_path / "secrets.toml", AUTH.replace(*change))
    found = problems(Settings(secrets=secrets), "127.0.0.1")
    assert found == [] if said is None else any(said in line for line in found)


def test_roles_without_sign_in_are_refused(tmp_path):
    [said] = problems(Settings(roles=tmp_path / "roles.csv"), "127.0.0.1")
    assert said.endswith("roles without sign-in (SCORECARDS_SECRETS)")


def opened(home: Path, monkeypatch, **user: Any) -> AppTest:
    publish(home, Scenario(partners=12))
    monkeypatch.setenv("SCORECARDS_HOME", str(home))
    monkeypatch.setenv("SCORECARDS_SECRETS", str(home / "secrets.toml"))
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.secrets["auth"] = {"google": {"client_id": "x"}, "okta": {"client_id": "y"}}
    app.user = user
    return app.run()


def test_the_door_shows_a_way_in_and_nothing_of_the_data(monkeypatch, tmp_path):
    app = opened(tmp_path, monkeypatch, is_logged_in=False)
    assert not app.exception
    assert "Sign in to see how partners do." in markup(app)
    assert [b.label for b in app.button] == ["Sign in with Google", "Sign in with Okta"]
    assert not app.dataframe
    assert "version" not in markup(app)


def test_somebody_without_a_role_is_told_so_and_may_leave(monkeypatch, tmp_path):
    app = opened(tmp_path, monkeypatch, **claims(role="guest"))
    assert not app.exception
    assert "Ana.Brandt@example.com has no role here." in markup(app)
    assert [b.label for b in app.button] == ["Sign out"]


def test_somebody_with_a_role_is_named_at_the_foot_of_the_page(monkeypatch, tmp_path):
    app = opened(tmp_path, monkeypatch, **claims())
    assert not app.exception
    assert "Signed in as Ana Brandt (Ana.Brandt@example.com), executive." in markup(app)
