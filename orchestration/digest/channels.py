"""The two ways out: mail over SMTP, and a chat's webhook."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy, utils
from email.message import EmailMessage
from hashlib import sha256
from urllib.parse import SplitResult, unquote, urlsplit

import requests
import urllib3

from orchestration.digest.letters import Letter
from warehouse.ledger import Envelope
from warehouse.settings import Settings

PATIENCE = 20
"""Seconds to wait for an answer."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class NotDeliveredError(Exception):
    """The message did not arrive, for sure; says why in a line."""


class UnsureError(Exception):
    """The message was handed over, and no answer came; says why in a line."""


def send_mail(
    settings: Settings, address: str, envelope: Envelope, letter: Letter, at: datetime
) -> None:
    """Hand a letter to the mail server. Raises NotDeliveredError, UnsureError."""
    message = mail(settings, address, envelope, letter, at)
    server = urlsplit(str(settings.smtp_url))
    try:
        connection = _connected(server)
    except (OSError, smtplib.SMTPException) as error:
        raise NotDeliveredError(_line(error)) from error
    try:
        _hand_over(connection, str(settings.mail_from), address, message)
    finally:
        connection.close()


def mail(
    settings: Settings, address: str, envelope: Envelope, letter: Letter, at: datetime
) -> EmailMessage:
    """The letter as a mail in text and HTML. The same message to the same address bears one id."""
    message = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    key = sha256("\0".join(envelope).encode()).hexdigest()[:32]
    sender = utils.parseaddr(str(settings.mail_from))[1]
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = str(settings.mail_from)
    message["To"] = address
    message["Date"] = utils.format_datetime(at.replace(tzinfo=UTC))
    message["Message-ID"] = f"<{key}@{sender.rpartition('@')[2] or 'scorecards'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _connected(server: SplitResult) -> smtplib.SMTP:
    """A connection, encrypted where the server offers it, signed in where the URL says as whom."""
    host, context = server.hostname or "", ssl.create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            host, server.port or 465, timeout=PATIENCE, context=context
        )
    elif server.scheme == "smtp":
        connection = smtplib.SMTP(host, server.port or 25, timeout=PATIENCE)
    else:
        raise NotDeliveredError("SCORECARDS_SMTP_URL: expected smtp:// or smtps://")
    try:
        connection.ehlo_or_helo_if_needed()
        is_secret = server.scheme == "smtps"
        if not is_secret and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            is_secret = True
        if server.username:
            _require_secrecy(host, is_secret=is_secret)
            connection.login(unquote(server.username), unquote(server.password or ""))
    except BaseException:
        connection.close()
        raise
    return connection


def _require_secrecy(host: str, *, is_secret: bool) -> None:
    if not is_secret and host not in _LOOPBACK:
        raise NotDeliveredError(
            f"{host} offers no encryption, and the password is not sent in the clear"
        )


def _hand_over(connection: smtplib.SMTP, sender: str, address: str, message: EmailMessage) -> None:
    try:
        for deed, whom in (
            (connection.mail, utils.parseaddr(sender)[1]),
            (connection.rcpt, address),
        ):
            _require(deed, whom)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise NotDeliveredError(_line(error)) from error
    try:
        code, answer = connection.data(message.as_bytes())
    except smtplib.SMTPDataError as error:
        raise NotDeliveredError(_line(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise UnsureError(_line(error)) from error
    if code != 250:
        raise NotDeliveredError(f"{code} {answer.decode(errors='replace')}")


def _require(deed: Callable[[str], tuple[int, bytes]], whom: str) -> None:
    code, answer = deed(whom)
    if code not in {250, 251}:
        raise NotDeliveredError(f"{code} {answer.decode(errors='replace')}")


def send_chat(webhook: str, text: str) -> None:
    """Post a text to a chat's webhook. Raises NotDeliveredError, UnsureError.

    No line names the webhook, for it is a secret.
    """
    try:
        answer = requests.post(
            webhook, json={"text": text}, timeout=PATIENCE, allow_redirects=False
        )
    except requests.RequestException as error:
        if _never_left(error):
            raise NotDeliveredError(f"{urlsplit(webhook).netloc} cannot be reached") from None
        raise UnsureError(f"{urlsplit(webhook).netloc} gave no answer") from None
    if not answer.ok or answer.is_redirect:
        raise NotDeliveredError(f"{urlsplit(webhook).netloc} answered {answer.status_code}")


def _never_left(error: requests.RequestException) -> bool:
    """Whether no connection came about, so that nothing can have arrived."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    if not isinstance(error, requests.ConnectionError):
        return not isinstance(error, requests.Timeout)
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(
        reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError
    )


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
