"""How sign-in is configured, and what is wrong with it, said before anything is served."""

import csv
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from dashboards.access import ROLES, Role
from warehouse.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")

_SECRET_LENGTH = 32
_ALWAYS = ("redirect_uri", "cookie_secret")
_PROVIDER = ("client_id", "client_secret", "server_metadata_url")


class UnusableRolesError(Exception):
    """The list of roles cannot be used; `problems` says what and where, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def problems(settings: Settings, host: str) -> list[str]:
    """What keeps the pages from being served at `host`, a line each."""
    if settings.secrets is None:
        found = []
        if host not in LOOPBACK:
            found.append(f"--host {host}: without sign-in (SCORECARDS_SECRETS) only this machine")
        if settings.roles is not None:
            found.append(f"{settings.roles}: roles without sign-in (SCORECARDS_SECRETS)")
        return found
    found = _secrets_problems(settings.secrets)
    if find_spec("authlib") is None:
        found.append("sign-in needs its extra: pip install 'partner-scorecards[auth]'")
    if settings.roles is not None:
        try:
            read_roles(settings.roles)
        except UnusableRolesError as error:
            found += error.problems
    return found


def named_providers(auth: Mapping[str, Any]) -> list[str]:
    """The providers with a section of their own, `[auth.<name>]`."""
    return [
        name
        for name, told in auth.items()
        if isinstance(told, Mapping) and any(key in told for key in _PROVIDER)
    ]


def _secrets_problems(path: Path) -> list[str]:
    try:
        auth = tomllib.loads(path.read_text("utf-8")).get("auth", {})
    except OSError as error:
        return [f"{path}: {error.strerror}"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [f"{path}: no TOML: {error}"]
    found = [f"{path}: [auth] has no {key}" for key in _ALWAYS if not auth.get(key)]
    named = named_providers(auth)
    if not named or any(auth.get(key) for key in _PROVIDER):
        found += [f"{path}: [auth] has no {key}" for key in _PROVIDER if not auth.get(key)]
    found += [
        f"{path}: [auth.{name}] has no {key}"
        for name in named
        for key in _PROVIDER
        if not auth[name].get(key)
    ]
    if 0 < len(str(auth.get("cookie_secret", ""))) < _SECRET_LENGTH:
        found.append(f"{path}: cookie_secret is shorter than {_SECRET_LENGTH} characters")
    if auth.get("redirect_uri") and not str(auth["redirect_uri"]).endswith("/oauth2callback"):
        found.append(f"{path}: redirect_uri does not end with /oauth2callback")
    return found


def read_roles(path: Path) -> dict[str, Role]:
    """The roles of a CSV file with the columns email and role, by address in lower case.

    Raises UnusableRolesError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"email", "role"} <= set(reader.fieldnames or ()):
                raise UnusableRolesError([f"{path}: the columns are not email and role"])
            rows = [(reader.line_num, row["email"], row["role"]) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UnusableRolesError([f"{path}: {reason}"]) from error
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
        raise UnusableRolesError(problems)
    return roles
