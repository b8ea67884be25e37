"""Addresses: which can be used, and how they are told without a secret of theirs."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
_LONGEST_MAIL = 254
_LONGEST_SHOWN = 80

_SMTP = "SCORECARDS_SMTP_URL"
_PORTS = {"smtp": 25, "smtps": 465}


class UnusableAddressError(ValueError):
    """The mail server cannot be called as it is given; says why in a line without a secret."""


@dataclass(frozen=True)
class MailServer:
    """A mail server, and as whom to sign in."""

    host: str
    port: int
    is_encrypted: bool
    """From the first byte on; else once the server offers it."""
    username: str
    password: str


def mail_server(url: str) -> MailServer:
    """The mail server of a URL. Raises UnusableAddressError, which shows nothing of the URL."""
    parts = _split(url)
    if (
        parts is None
        or parts.scheme not in _PORTS
        or not parts.hostname
        # What a password has unescaped ends up here.
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
    ):
        raise UnusableAddressError(
            f"{_SMTP}: expected smtp://user:password@host:port or smtps://…, "
            "with / ? # [ ] of a password written as %2F %3F %23 %5B %5D"
        )
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (username + password).isascii():
        raise UnusableAddressError(f"{_SMTP}: user and password must be ASCII")
    port = parts.port or _PORTS[parts.scheme]
    return MailServer(parts.hostname, port, parts.scheme == "smtps", username, password)


def is_mail(address: str) -> bool:
    """Whether mail can be sent there: ASCII, as nearly every server asks for."""
    return len(address) <= _LONGEST_MAIL and _MAIL.fullmatch(address) is not None


def is_webhook(address: str) -> bool:
    """Whether a text can be posted there."""
    parts = _split(address)
    return parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)


def host_of(webhook: str) -> str:
    """The host of a webhook, and its port; the rest of it is a secret."""
    return urlsplit(webhook).netloc.rpartition("@")[2].lower()


def quoted(value: str) -> str:
    """What somebody wrote, as a line may show it: what may be a webhook is not."""
    if "/" in value:
        return "(an address, which is not shown)"
    return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[: _LONGEST_SHOWN - 1]}…")


def _split(url: str) -> SplitResult | None:
    """The parts of a URL, its port a number; None where it is none.

    Errors of the parser hold what they could not parse, so none leaves this function.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
