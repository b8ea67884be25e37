"""Who is told: the file of audiences, by mail or in a chat."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import yaml

from dashboards.access import ROLES, Role
from orchestration.digest.addresses import (
    UnusableAddressError,
    host_of,
    is_mail,
    is_webhook,
    mail_server,
    quoted,
)
from orchestration.inputs import UnusableInputError
from warehouse.ledger import Envelope
from warehouse.ledger.messages import Channel, Kind
from warehouse.settings import Settings

EVERY_MANAGER = "*"
"""As the address of partner managers by mail: each of them, by what the CRM says."""

_COLUMNS = ("audience", "channel", "address", "manager")
_MANAGER = "partner-manager"


@dataclass(frozen=True)
class Recipient:
    """One address and what is sent there."""

    audience: Role
    channel: Channel
    address: str
    manager: str | None = None
    """Of partner managers: whose partners it is about."""

    @property
    def shown(self) -> str:
        """The address as it may be told: who knows a webhook whole can write to the chat."""
        if self.channel == "mail":
            return self.address
        return f"{host_of(self.address)}/{sha256(self.address.encode()).hexdigest()[:12]}"

    def envelope(self, kind: Kind, about: str) -> Envelope:
        """What is sent to them once, however their addresses are written."""
        manager = (self.manager or "").lower()
        return Envelope(kind, about, self.audience, self.channel, self.shown.lower(), manager)


def recipients(settings: Settings) -> tuple[Recipient, ...]:
    """Everybody the file names, each once; none where no file is configured.

    Raises UnusableInputError where the file cannot be read, names what there is not, or asks for
    mail that no server is configured for.
    """
    if settings.audiences is None:
        return ()
    problems: list[str] = []
    found: dict[Recipient, None] = {}
    for place, row in _rows(settings.audiences):
        wrong = next(_wrong(row), None)
        if wrong is None:
            found[_recipient(row)] = None
        else:
            problems.append(f"{settings.audiences}, {place}: {wrong}")
    if not found and not problems:
        problems.append(f"{settings.audiences}: names nobody")
    if any(each.channel == "mail" for each in found):
        problems += _wrong_with_mail(settings)
    if problems:
        raise UnusableInputError(problems)
    return tuple(found)


def _wrong_with_mail(settings: Settings) -> Iterator[str]:
    for name, value in (("SMTP_URL", settings.smtp_url), ("MAIL_FROM", settings.mail_from)):
        if not value:
            yield f"SCORECARDS_{name} is not set, and {settings.audiences} has mail"
    if settings.smtp_url:
        try:
            mail_server(settings.smtp_url)
        except UnusableAddressError as error:
            yield str(error)
    sender = settings.mail_from
    if sender and not (sender.isprintable() and is_mail(parseaddr(sender)[1])):
        yield "SCORECARDS_MAIL_FROM: expected an address, or Name <name@example.com>"


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each row with its place, its values as text without blanks around."""
    try:
        content = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInputError([f"{path}: cannot be read: {error}"]) from error
    try:
        raw = yaml.safe_load(content) if path.suffix in {".yml", ".yaml"} else _csv(content)
    except csv.Error as error:
        raise UnusableInputError([f"{path}: {error}"]) from error
    except yaml.YAMLError as error:
        # Its own words quote the file, where webhooks are.
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f", line {mark.line + 1}"
        raise UnusableInputError([f"{path}{where}: is no YAML"]) from None
    if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
        raise UnusableInputError([f"{path}: expected rows of audience, channel, address"])
    for number, row in enumerate(raw, 1):
        yield f"row {number}", {str(k): str(v or "").strip() for k, v in row.items()}


def _csv(content: str) -> list[dict[Any, Any]]:
    return list(csv.DictReader(content.splitlines(), strict=True))


def _wrong(row: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a row, the first of which is told."""
    audience, channel, address, manager = (row.get(name, "") for name in _COLUMNS)
    for unknown in sorted(set(row) - set(_COLUMNS)):
        yield f"there is no column {quoted(unknown)}; columns are {', '.join(_COLUMNS)}"
    if audience not in ROLES:
        yield f"audience {quoted(audience)} is none of {', '.join(ROLES)}"
    if channel not in get_args(Channel):
        yield f"channel {quoted(channel)} is none of {', '.join(get_args(Channel))}"
    is_everybody = audience == _MANAGER and address == EVERY_MANAGER
    if channel == "mail" and not is_everybody and not is_mail(address):
        yield f"{quoted(address)} is no mail address"
    if channel == "chat" and not is_webhook(address):
        yield "the address of a chat is its webhook, https://…"
    if manager and audience != _MANAGER:
        yield "only a partner-manager has a manager"
    if channel == "chat" and audience == _MANAGER and "@" not in manager:
        yield "a partner-manager's chat names in `manager` whose partners it is about"


def _recipient(row: Mapping[str, str]) -> Recipient:
    address = row["address"]
    manager = None
    if row["audience"] == _MANAGER:
        manager = row.get("manager") or address
    return Recipient(row["audience"], row["channel"], address, manager)  # type: ignore[arg-type]
