"""Who is there: what the provider says of the person, and what this installation makes of it.

Sign-in is Streamlit's own (OpenID Connect), configured by the file that `SCORECARDS_SECRETS` names.
Without one nobody signs in, and the pages answer this machine alone.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards.access import LOCAL, Refused, Role, Viewer, admit
from dashboards.signin_setup import LOOPBACK, UnusableRolesError, named_providers, read_roles
from warehouse.settings import Settings

_BROWSER_COOKIE = "_streamlit_xsrf"


@lru_cache(maxsize=1)
def _roles_as_of(path: Path, written_at: int, size: int) -> dict[str, Role]:  # noqa: ARG001
    return read_roles(path)


def who(settings: Settings) -> Viewer | Refused | None:
    """Who looks; None where somebody has yet to sign in, or to sign in again."""
    return _who(settings, _told(settings))


def later(settings: Settings) -> Callable[[], Viewer | Refused | None]:
    """Asks who looks where Streamlit cannot say whose session it is: when a file is handed out.

    What the provider said is remembered; hours and the list of roles count as they are then.
    """
    told = _told(settings)
    return lambda: _who(settings, told)


def _told(settings: Settings) -> Mapping[str, Any] | None:
    """What the provider says of the person; None where nobody signs in."""
    return None if settings.secrets is None else st.user.to_dict()


def _who(settings: Settings, claims: Mapping[str, Any] | None) -> Viewer | Refused | None:
    if claims is None:
        return _local()
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
    except (OSError, UnusableRolesError):
        return Refused("The list of roles cannot be read. Tell an administrator.")


def _local() -> Viewer | Refused:
    """Everything is allowed to whoever sits at this machine, and nothing to anybody else."""
    address = st.get_option("server.address")
    if address is None or address in LOOPBACK:
        return LOCAL
    said = "No sign-in is configured, and these pages are served to other machines."
    return Refused(said, is_signed_in=False)


def _listed(path: Path | None) -> dict[str, Role] | None:
    """The list of roles as it stands now: a change holds from the next click."""
    if path is None:
        return None
    written = path.stat()
    return _roles_as_of(path, written.st_mtime_ns, written.st_size)


def providers() -> dict[str | None, str]:
    """What to press to sign in, by Streamlit's name of the provider; None is the one unnamed."""
    auth = st.secrets["auth"]
    named = named_providers(auth)
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
    browser = _browser(st.context.cookies.get(_BROWSER_COOKIE, ""))
    return {} if browser is None else _ways_back(browser)


def _browser(cookie: str) -> bytes | None:
    """What stays the same of the cookie by which Streamlit knows a browser: `2|mask|masked|time`,
    with another mask in every answer."""
    try:
        _, mask, masked, _ = cookie.strip("\"'").split("|")
        keys = cycle(bytes.fromhex(mask))
        return bytes(byte ^ key for byte, key in zip(bytes.fromhex(masked), keys, strict=False))
    except ValueError:
        return None


@st.cache_resource(ttl=timedelta(minutes=15), max_entries=1000, show_spinner=False)
def _ways_back(browser: bytes) -> dict[str, dict[str, list[str]]]:  # noqa: ARG001
    return {}
