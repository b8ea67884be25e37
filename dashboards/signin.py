"""Who is there: what the provider says of the person, and what this installation makes of it.

Sign-in is Streamlit's own (OpenID Connect), configured by the file that `SCORECARDS_SECRETS` names.
Without one nobody signs in, and the pages answer this machine alone.
"""

import csv
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import streamlit as st

from dashboards.access import LOCAL, ROLES, Refused, Role, Viewer, admit
from warehouse.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SECRET_LENGTH = 32
_BROWSER_COOKIE = "_streamlit_xsrf"
_ALWAYS = ("redirect_uri", "cookie_secret")
_PROVIDER = ("client_id", "client_secret", "server_metadata_url")


class UnusableSignInError(Exception):
    """The configuration of sign-in cannot be used; `problems` says what and where, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def check(settings: Settings) -> None:
    """Raise UnusableSignInError where sign-in is configured and cannot work."""
    if settings.secrets is None:
        if settings.roles is not None:
            raise UnusableSignInError(
                [f"{settings.roles}: roles are of no use without sign-in; set SCORECARDS_SECRETS"]
            )
        return
    problems = _secrets_problems(settings.secrets)
    if settings.roles is not None:
        try:
            read_roles(settings.roles)
        except UnusableSignInError as error:
            problems += error.problems
    if problems:
        raise UnusableSignInError(problems)


def _secrets_problems(path: Path) -> list[str]:
    try:
        auth = tomllib.loads(path.read_text("utf-8")).get("auth", {})
    except OSError as error:
        return [f"{path}: {error.strerror}"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [f"{path}: no TOML: {error}"]
    problems = [f"{path}: [auth] has no {key}" for key in _ALWAYS if not auth.get(key)]
    named = _named_providers(auth)
    if not named or any(auth.get(key) for key in _PROVIDER):
        problems += [f"{path}: [auth] has no {key}" for key in _PROVIDER if not auth.get(key)]
    problems += [
        f"{path}: [auth.{name}] has no {key}"
        for name in named
        for key in _PROVIDER
        if not auth[name].get(key)
    ]
    if 0 < len(str(auth.get("cookie_secret", ""))) < _SECRET_LENGTH:
        problems.append(f"{path}: cookie_secret is shorter than {_SECRET_LENGTH} characters")
    if auth.get("redirect_uri") and not str(auth["redirect_uri"]).endswith("/oauth2callback"):
        problems.append(f"{path}: redirect_uri does not end with /oauth2callback")
    return problems


def _named_providers(auth: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, told in auth.items()
        if isinstance(told, Mapping) and any(key in told for key in _PROVIDER)
    ]


def read_roles(path: Path) -> dict[str, Role]:
    """The roles of a CSV file with the columns email and role, by address in lower case.

    Raises UnusableSignInError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"email", "role"} <= set(reader.fieldnames or ()):
                raise UnusableSignInError([f"{path}: the columns are not email and role"])
            rows = [(reader.line_num, row["email"], row["role"]) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UnusableSignInError([f"{path}: {reason}"]) from error
    roles: dict[str, Role] = {}
    problems = []
    for line, written, given in rows:
        email, role = (written or "").strip().lower(), (given or "").strip()
        if not email:
            problems.append(f"{path}, line {line}: no email")
        elif role not in ROLES:
            problems.append(f"{path}, line {line}: {role!r} is not one of {', '.join(ROLES)}")
        elif email in roles:
            problems.append(f"{path}, line {line}: {email} stands there twice")
        roles[email] = cast(Role, role)
    if problems:
        raise UnusableSignInError(problems)
    return roles


@cache
def _roles_as_of(path: Path, written_at: int, size: int) -> dict[str, Role]:  # noqa: ARG001
    return read_roles(path)


def who(settings: Settings) -> Viewer | Refused | None:
    """Who looks; None where somebody has yet to sign in, or to sign in again."""
    if settings.secrets is None:
        return _local()
    claims = st.user.to_dict()
    if not claims.get("is_logged_in"):
        return None
    signed_in_at = claims.get("iat")
    if not isinstance(signed_in_at, int | float):
        return Refused("Your provider does not say when you signed in.")
    age = datetime.now(UTC) - datetime.fromtimestamp(signed_in_at, UTC)
    if age > timedelta(hours=settings.session_hours):
        return None
    try:
        return admit(claims, _listed(settings.roles), settings.role_claim)
    except (OSError, UnusableSignInError):
        return Refused("The list of roles cannot be read. Tell an administrator.")


def _local() -> Viewer | Refused:
    """Everything is allowed to whoever sits at this machine, and nothing to anybody else."""
    address = st.get_option("server.address")
    if address is None or address in LOOPBACK:
        return LOCAL
    return Refused("No sign-in is configured, and these pages are served to other machines.")


def _listed(path: Path | None) -> dict[str, Role] | None:
    """The list of roles as it stands now: a change holds from the next click."""
    if path is None:
        return None
    written = path.stat()
    return _roles_as_of(path, written.st_mtime_ns, written.st_size)


def providers() -> dict[str | None, str]:
    """What to press to sign in, by Streamlit's name of the provider; None is the one unnamed."""
    auth = st.secrets["auth"]
    named = _named_providers(auth)
    if not named:
        return {None: "Sign in"}
    unnamed: dict[str | None, str] = {None: "Sign in"} if "client_id" in auth else {}
    return unnamed | {name: f"Sign in with {name.title()}" for name in named}


def remember(path: str) -> None:
    """Keep the address that somebody asked for: the provider leads back to the first page."""
    asked = {key: st.query_params.get_all(key) for key in st.query_params}
    way = _way_back()
    way.clear()
    way[path] = asked


def recalled() -> tuple[str, dict[str, list[str]]] | None:
    """The address this browser asked for before it signed in, once."""
    way = _way_back()
    return way.popitem() if way else None


def _way_back() -> dict[str, dict[str, list[str]]]:
    browser = st.context.cookies.get(_BROWSER_COOKIE)
    return {} if browser is None else _ways_back(browser)


@st.cache_resource(ttl=timedelta(minutes=15), max_entries=1000, show_spinner=False)
def _ways_back(browser: str) -> dict[str, dict[str, list[str]]]:  # noqa: ARG001
    return {}
