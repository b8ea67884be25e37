"""The two ways out: mail over SMTP, and a chat's webhook."""

import json
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy, utils
from email.message import EmailMessage
from hashlib import sha256
from io import BytesIO

import requests

from orchestration.digest.addresses import (
    MailServer,
    UnusableAddressError,
    host_of,
    mail_server,
)
from orchestration.digest.letters import Letter
from warehouse.ledger import Envelope
from warehouse.settings import Settings

PATIENCE = 20
"""Seconds to wait for an answer."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_GATEWAYS_WITHOUT_ANSWER = {502, 504}
"""A gateway says so of a chat behind it that may have heard."""


class NotDeliveredError(Exception):
    """The message did not arrive, for sure; says why in a line."""


class UnsureError(Exception):
    """The message was handed over, and no answer came; says why in a line."""


def send_mail(
    settings: Settings, address: str, envelope: Envelope, letter: Letter, at: datetime
) -> None:
    """Hand a letter to the mail server. Raises NotDeliveredError, UnsureError."""
    with _before_it_left():
        content = mail(settings, address, envelope, letter, at).as_bytes()
        connection = _connected(mail_server(str(settings.smtp_url)))
    try:
        with _before_it_left():
            _require(connection.mail, utils.parseaddr(str(settings.mail_from))[1])
            _require(connection.rcpt, address)
        _hand_over(connection, content)
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


def _connected(server: MailServer) -> smtplib.SMTP:
    """A connection, encrypted where the server offers it, signed in where the URL says as whom."""
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if server.is_encrypted:
        connection = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    try:
        connection.ehlo_or_helo_if_needed()
        is_secret = server.is_encrypted
        if not is_secret and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            is_secret = True
        if server.username:
            _require_secrecy(server.host, is_secret=is_secret)
            connection.login(server.username, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_secrecy(host: str, *, is_secret: bool) -> None:
    if not is_secret and host not in _LOOPBACK:
        raise NotDeliveredError(
            f"{host} offers no encryption, and the password is not sent in the clear"
        )


@contextmanager
def _before_it_left() -> Iterator[None]:
    """Where nothing of a message has left yet: whatever goes wrong, it did not arrive."""
    try:
        yield
    except NotDeliveredError:
        raise
    except Exception as error:
        raise NotDeliveredError(_line(error)) from error


def _hand_over(connection: smtplib.SMTP, content: bytes) -> None:
    try:
        code, answer = connection.data(content)
    except smtplib.SMTPDataError as error:
        raise NotDeliveredError(_line(error)) from error
    except Exception as error:
        raise UnsureError(_line(error)) from error
    if code != 250:
        raise NotDeliveredError(f"{code} {answer.decode(errors='replace')}")


def _require(deed: Callable[[str], tuple[int, bytes]], whom: str) -> None:
    code, answer = deed(whom)
    if code not in {250, 251}:
        raise NotDeliveredError(f"{code} {answer.decode(errors='replace')}")


class _Post(BytesIO):
    """What is posted: the connection takes it only once it stands."""

    is_taken = False

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file."""
        self.is_taken = True
        return super().read(size)


def send_chat(webhook: str, text: str) -> None:
    """Post a text to a chat's webhook. Raises NotDeliveredError, UnsureError.

    It is judged by the status alone: what an answer holds beyond it is not read. No line names
    the webhook, for it is a secret.
    """
    host, post = host_of(webhook), _Post(json.dumps({"text": text}).encode())
    try:
        with requests.post(
            webhook,
            data=post,
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE,
            allow_redirects=False,
            stream=True,
        ) as answer:
            status = answer.status_code
    except Exception:
        if post.is_taken:
            raise UnsureError(f"{host} gave no answer") from None
        raise NotDeliveredError(f"{host} cannot be reached") from None
    if status in _GATEWAYS_WITHOUT_ANSWER:
        raise UnsureError(f"{host} answered {status}")
    if status // 100 != 2:
        raise NotDeliveredError(f"{host} answered {status}")


def _line(error: BaseException) -> str:
    """It in a line. Only the words of servers and systems are told: others may hold a secret."""
    is_telling = isinstance(error, OSError | smtplib.SMTPException | UnusableAddressError)
    told = " ".join(str(error).split()) if is_telling else ""
    return told or type(error).__name__
