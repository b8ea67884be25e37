"""What goes wrong on the way of a message stops no other one and shows no secret."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mail_server import Post

from orchestration.digest import telling
from orchestration.digest.letters import Letter
from orchestration.digest.recipients import Recipient, recipients
from orchestration.digest.refusals import kept
from orchestration.digest.run import envelopes, send_alerts, send_refusal, unreached
from orchestration.digest.sending import ATTEMPTS, PAUSE, Parcel, Told, deliver
from orchestration.inputs import UnusableInputError
from warehouse.settings import Settings

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
VERSION = "2026-11-15-0a1b2c3d4e5f"
HOOK = "https://svc:S3CRET@hooks.example.com/services/S3CRET"
LETTER = Letter("subject", "text", "<p>html", "chat")
Make = Callable[..., Settings]


def now() -> datetime:
    return MONDAY


def send(settings: Settings, *to: Recipient) -> list[Told]:
    return list(deliver(settings, [Parcel("digest", "v", each, LETTER) for each in to], now))


def mail_to(address: str) -> Recipient:
    return Recipient("partner-manager", "mail", address, address)


def outcomes(told: list[Told]) -> list[str]:
    return [each.outcome for each in told]


@pytest.mark.parametrize(
    "address", ["bob@", "a@[", "x@example.com\r\nBcc: y@example.com", "jürgen@example.com"]
)
def test_an_address_that_cannot_be_written_stops_nobody_else(
    installation_of: Make, post: Post, address: str
) -> None:
    people = [mail_to(each) for each in ("ana@example.com", address, "cem@example.com")]
    told = send(installation_of(), *people)
    assert outcomes(told) == ["sent", "failed", "sent"]
    assert [to for to, _ in post.taken] == ["ana@example.com", "cem@example.com"]


@pytest.mark.parametrize(
    "url",
    [
        "smtp://ana:S3C/RET@mail.example.com:587",
        "smtp://ana:12/RET@mail.example.com",
        "smtp://ana:S3C?RET@mail.example.com",
        "smtp://ana:S3C#RET@mail.example.com",
        "smtp://ana:[S3CRET@mail.example.com",
        "smtp://ana:S3CRET@mail.example.com:smtp",
        "smtp://ana:S3CR%C3%8BT@127.0.0.1",
        "smtp://ana:S3CRET@",
        "https://ana:S3CRET@mail.example.com",
    ],
)
def test_a_mail_server_that_cannot_be_read_is_said_first_and_without_its_password(
    installation_of: Make, url: str
) -> None:
    settings = installation_of("head,mail,head@example.com", smtp_url=url)
    with pytest.raises(UnusableInputError) as unusable:
        recipients(settings)
    told = send(settings, mail_to("ana@example.com"), mail_to("cem@example.com"))
    assert outcomes(told) == ["failed", "failed"]
    for line in (*unusable.value.problems, *(each.line for each in told)):
        assert "SCORECARDS_SMTP_URL: " in line
        assert "S3C" not in line
        assert "RET" not in line


@pytest.mark.parametrize(
    "content",
    [
        f"audience,channel,address\nhead,mail,{HOOK}",
        f"audience,channel,address\nhead,{HOOK},chat",
        f"audience,channel,address\n{HOOK},chat,head",
        f"head,chat,{HOOK}\nhead,chat,{HOOK}",
        f"- {{audience: head, channel: chat, address: {HOOK}\n- {HOOK}: [",
    ],
)
def test_no_line_shows_what_may_be_a_webhook(
    installation_of: Make, tmp_path: Path, content: str
) -> None:
    file = tmp_path / f"people.{'yml' if content.startswith('-') else 'csv'}"
    file.write_text(content)
    with pytest.raises(UnusableInputError) as unusable:
        recipients(installation_of(audiences=file))
    assert "S3CRET" not in str(unusable.value) + str(unusable.value.problems)


def test_of_a_webhook_its_host_is_told_and_nobody_it_signs_in() -> None:
    shown = Recipient("ops", "chat", "https://svc:S3CRET@Chat.example.com:8443/hook").shown
    assert shown.startswith("chat.example.com:8443/")
    assert "svc" not in shown


def test_a_sender_that_is_no_address_is_said(installation_of: Make) -> None:
    for sender in ("Scorecards", "Scorecards <a@b>\nBcc: x@y", "bob@"):
        with pytest.raises(UnusableInputError, match="SCORECARDS_MAIL_FROM: expected an address"):
            recipients(installation_of("head,mail,head@example.com", mail_from=sender))


def test_managers_without_a_mail_address_are_named_and_passed_over(
    installation_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = ["ana@example.com", "bob@", "x@example.com\nBcc: y", f"{'n' * 300}@example.com"]
    monkeypatch.setattr(telling, "_managers", lambda _: crm)
    settings = installation_of("partner-manager,mail,*")
    assert {each.address for each in envelopes(settings, VERSION)} == {"ana@example.com"}
    lines = unreached(settings)
    assert lines[0] == "Not told: 'bob@', a partner manager of the CRM, is no mail address"
    assert len(lines) == 3
    assert not any("\n" in line or len(line) > 160 for line in lines)


def test_managers_who_share_an_address_are_told_apart_and_nobody_twice_for_a_capital(
    installation_of: Make, post: Post
) -> None:
    told = [
        Recipient("partner-manager", "mail", "Team@example.com", manager)
        for manager in ("ana@example.com", "idris@example.com", "Ana@example.com")
    ]
    told.append(Recipient("partner-manager", "mail", "team@example.com", "ana@example.com"))
    assert outcomes(send(installation_of(), *told)) == ["sent", "sent", "before", "before"]
    assert len({mail["Message-ID"] for _, mail in post.taken}) == 2


@contextmanager
def chat_that_answers(answer: bytes) -> Iterator[str]:
    """A webhook that takes a post, says exactly this and hangs up."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            taken = b""
            while b'"chat"}' not in taken:
                taken += connection.recv(65536)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        thread.join()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "sent"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", "sent"),
        (b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", "failed"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "failed"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "unsure"),
        (b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n", "unsure"),
        (b"nonsense\r\n\r\n", "unsure"),
        (b"", "unsure"),
    ],
)
def test_a_chat_that_took_the_post_is_judged_by_its_status_alone(
    installation_of: Make, answer: bytes, outcome: str
) -> None:
    with chat_that_answers(answer) as hook:
        assert outcomes(send(installation_of(), Recipient("ops", "chat", hook))) == [outcome]


@pytest.mark.parametrize(
    "hook",
    [
        "http://127.0.0.1:1/h",
        "ftp://127.0.0.1/h",
        "http://.example.com/h",
        "http://ŝ:ŝ@127.0.0.1/h",
    ],
)
def test_what_no_connection_took_did_not_arrive(installation_of: Make, hook: str) -> None:
    assert outcomes(send(installation_of(), Recipient("ops", "chat", hook))) == ["failed"]


def test_a_refusal_is_kept_until_everybody_was_told_or_given_up(
    installation_of: Make, post: Post, tmp_path: Path
) -> None:
    settings = installation_of("ops,mail,ops@example.com", home=tmp_path / "home")
    post.refuses["ops@example.com"] = "450 not now"
    assert outcomes(list(send_refusal(settings, now, ["too few rows"]))) == ["failed"]

    def look(at: datetime) -> str:
        return outcomes(list(send_alerts(settings, lambda: at)))[-1]

    at = MONDAY
    for attempt in range(1, ATTEMPTS):
        [refusal] = kept(settings)
        assert (refusal.at, refusal.reasons) == (MONDAY, ("too few rows",))
        at += PAUSE * attempt
        assert look(at - timedelta(microseconds=1)) == "before"
        assert look(at) == "failed"
    assert kept(settings) == []


def test_a_refusal_that_nobody_could_be_told_is_told_once_the_file_is_mended(
    installation_of: Make, post: Post, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with pytest.raises(UnusableInputError):
        list(send_refusal(installation_of("ops,mail,bob@", home=home), now, ["too few rows"]))
    settings = installation_of("ops,mail,ops@example.com", home=home)
    assert outcomes(list(send_alerts(settings, now))) == ["sent"]
    assert kept(settings) == []
    assert "too few rows" in str(post.taken[0][1].get_body(("plain",)))
