"""The digest, over a mail server and a webhook on this machine."""

import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from mail_server import HOSTILE, NAMES, Post
from pytest_httpserver import HTTPServer
from sqlalchemy import text

from dashboards.news import Item
from dashboards.queries.published import Imprint
from orchestration import command
from orchestration.digest import channels, letters
from orchestration.digest.run import parcels, send_alerts, send_digest, send_refusal
from orchestration.digest.sending import ATTEMPTS, Told, deliver
from warehouse.ledger import claim, sent_messages
from warehouse.ledger.database import writing
from warehouse.settings import Settings

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
VERSION = "2026-11-15-0a1b2c3d4e5f"
Make = Callable[..., Settings]


def now() -> datetime:
    return MONDAY


def outcomes(told: list[Told]) -> list[str]:
    return [each.outcome for each in told]


def body(post: Post, kind: str = "plain") -> str:
    [(_, message)] = post.taken[-1:]
    return str(message.get_body((kind,)).get_content())


def test_each_audience_gets_what_is_theirs_in_text_and_html(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,head@example.com", "finance,mail,fin@example.com")
    assert outcomes(list(send_digest(settings, now))) == ["sent", "sent"]
    [(to, mail), (_, other)] = post.taken
    assert to == mail["To"] == "head@example.com"
    assert mail["From"] == "Partner Scorecards <scorecards@example.com>"
    assert mail["Date"] == "Mon, 16 Nov 2026 08:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert str(mail["Subject"]).startswith("Partner Scorecards · Week of 9 Nov 2026: ")
    plain, markup = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "5 tier changes to decide: 2 up, 1 down, 1 to pause and 1 to leave" in plain
    assert "https://scorecards.example.com/tier-changes?list=Waiting" in plain
    assert 'href="https://scorecards.example.com/tier-changes?list=Waiting"' in markup
    assert "1 check" not in plain
    assert "failed" in plain
    assert "tier change" not in other.get_body(("plain",)).get_content()


def test_a_partner_manager_is_told_of_their_own_partners_alone(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("partner-manager,mail,*")
    assert outcomes(list(send_digest(settings, now))) == ["sent", "sent"]
    by_address = {to: mail.get_body(("html",)).get_content() for to, mail in post.taken}
    assert set(by_address) == {"ana@example.com", "idris@example.com"}
    ana, idris = by_address["ana@example.com"], by_address["idris@example.com"]
    assert "partner=P-00001" in ana
    for number in range(1, 13):
        key = f"partner=P-{number:05d}"
        assert key not in (idris if number < 4 else ana)
    assert "review=R-late" in ana
    assert "review=R-late" not in idris


def test_more_of_a_subject_leads_to_today_which_has_all_and_says_whose_amounts_they_are() -> None:
    won = [
        Item("changed", "Won with partners", f"P{number}", "sourced", "partner", count=1)
        for number in range(7)
    ]
    imprint = Imprint(
        version=VERSION,
        schema_version=2,
        as_of=date(2026, 11, 15),
        period_start=date(2026, 11, 9),
        period_end=date(2026, 11, 16),
        published_at=datetime(2026, 11, 16),
        policy_hash="0123456789abcdef",
        policy_version=None,
        code_version="0.1.0",
    )

    made = letters.digest(won, "exec", imprint, public_url="https://x.example", freshness="fresh")
    assert "Won with partners, 7 (whole amounts of deals)" in made.text
    assert "and 2 more" in made.text
    assert "nothing needs you" in made.subject
    assert 'href="https://x.example/today"><bdi>and 2 more' in made.html.replace(
        f' style="{letters._LINK}"', ""
    )


def test_names_are_text_in_every_form(
    installation_of: Make, post: Post, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook", method="POST").respond_with_data("ok")
    settings = installation_of(
        "ops,mail,ops@example.com", f"ops,chat,{httpserver.url_for('/hook')}"
    )
    assert outcomes(list(send_digest(settings, now))) == ["sent", "sent"]
    [(_, mail)] = post.taken
    assert mail["Bcc"] is None
    markup = body(post, "html")
    assert "<script>" not in markup
    assert "<img" not in markup
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markup
    plain = body(post)
    assert "\u202e" not in plain + markup
    assert HOSTILE[0] in plain
    assert NAMES[4] not in plain
    [(request, _)] = httpserver.log
    chat = json.loads(request.data)["text"]
    assert set(json.loads(request.data)) == {"text"}
    assert "<" not in chat
    assert "](" not in chat
    assert "&lt;script&gt;" in chat


def test_nobody_is_told_twice_of_a_version_and_a_new_version_is_told_again(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,head@example.com")
    assert outcomes(list(send_digest(settings, now))) == ["sent"]
    assert outcomes(list(send_digest(settings, now))) == ["before"]
    assert len(post.taken) == 1
    [claimed, sent] = sent_messages(settings)
    assert (claimed.state, sent.state) == ("claimed", "sent")
    assert (sent.kind, sent.about, sent.audience) == ("digest", VERSION, "head")
    [parcel] = parcels(settings)
    other = [parcel.__class__("digest", "another", parcel.recipient, parcel.letter)]
    assert outcomes(list(deliver(settings, other, now))) == ["sent"]
    assert post.taken[0][1]["Message-ID"] != post.taken[1][1]["Message-ID"]


def test_of_four_who_send_at_once_one_does(installation_of: Make, post: Post) -> None:
    settings = installation_of("head,mail,head@example.com")
    [parcel] = parcels(settings)
    begin = threading.Barrier(4)

    def one(_: int) -> list[str]:
        begin.wait()
        return outcomes(list(deliver(settings, [parcel], now)))

    with ThreadPoolExecutor(4) as crowd:
        told = sorted(crowd.map(one, range(4)))
    assert told == [["before"]] * 3 + [["sent"]]
    assert len(post.taken) == 1


def test_what_surely_failed_is_tried_again_a_few_times_and_stops_nobody_else(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,gone@example.com", "ops,mail,ops@example.com")
    post.refuses["gone@example.com"] = "550 no such person"
    first = list(send_digest(settings, now))
    assert outcomes(first) == ["failed", "sent"]
    assert first[0].line == (
        "digest for head by mail to gone@example.com: failed: 550 no such person (attempt 1 of 5)"
    )
    assert outcomes(list(send_digest(settings, now))) == ["failed", "before"]
    post.refuses.clear()
    assert outcomes(list(send_digest(settings, now))) == ["sent", "before"]
    assert [to for to, _ in post.taken] == ["ops@example.com", "gone@example.com"]
    post.refuses["ops@example.com"] = "550 no such person"
    [parcel] = [p for p in parcels(settings) if p.recipient.audience == "ops"]
    again = parcel.__class__("digest", "another", parcel.recipient, parcel.letter)
    for _ in range(ATTEMPTS):
        assert outcomes(list(deliver(settings, [again], now))) == ["failed"]
    assert outcomes(list(deliver(settings, [again], now))) == ["before"]


@pytest.mark.parametrize("answer", ["451 try later", "554 no spam please"])
def test_a_message_the_server_refuses_did_not_arrive(
    installation_of: Make, post: Post, answer: str
) -> None:
    post.answer = answer
    [told] = send_digest(installation_of("head,mail,head@example.com"), now)
    assert (told.outcome, answer in told.note) == ("failed", True)


def test_a_message_without_an_answer_may_have_arrived_and_is_not_sent_again(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,head@example.com")
    post.hangs_up = True
    [told] = send_digest(settings, now)
    assert told.outcome == "unsure"
    post.hangs_up = False
    assert outcomes(list(send_digest(settings, now))) == ["before"]
    assert len(post.taken) == 1


def test_after_a_crash_between_claim_and_answer_nothing_is_sent(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,head@example.com")
    [parcel] = parcels(settings)
    claim(settings, parcel.envelope, at=datetime(2026, 11, 16), attempts=ATTEMPTS)
    assert outcomes(list(send_digest(settings, now))) == ["before"]
    assert post.taken == []


def test_a_server_that_is_not_there_and_a_password_in_the_clear(
    installation_of: Make, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = installation_of("head,mail,head@example.com", smtp_url="smtp://127.0.0.1:1")
    assert outcomes(list(send_digest(settings, now))) == ["failed"]
    monkeypatch.setattr(channels, "_LOOPBACK", set())
    secret = settings.model_copy(update={"smtp_url": post.url.replace("//", "//ana:pass%20word@")})
    [told] = send_digest(secret, now)
    assert "the password is not sent in the clear" in told.note
    assert "pass" not in told.note.replace("password", "")
    assert "pass" not in repr(secret.model_copy(update={"mail_from": None}))


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "sent"), (204, "sent"), (302, "failed"), (403, "failed")]
)
def test_a_webhook_is_told_by_its_answer(
    installation_of: Make, httpserver: HTTPServer, status: int, outcome: str
) -> None:
    httpserver.expect_request("/hook").respond_with_data(
        "", status=status, headers={"Location": "/elsewhere"}
    )
    settings = installation_of(f"ops,chat,{httpserver.url_for('/hook')}")
    told = list(send_digest(settings, now))
    assert outcomes(told) == [outcome]
    assert "/hook" not in told[0].line


def test_a_webhook_that_nobody_hears_failed_and_one_that_falls_silent_may_have_heard(
    installation_of: Make, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    [told] = send_digest(installation_of("ops,chat,http://127.0.0.1:1/secret"), now)
    assert (told.outcome, "secret" in told.line) == ("failed", False)
    monkeypatch.setattr(channels, "PATIENCE", 0.2)
    silence = threading.Event()
    httpserver.expect_request("/hook").respond_with_handler(lambda _: silence.wait(1) or None)
    [told] = send_digest(installation_of(f"ops,chat,{httpserver.url_for('/hook')}"), now)
    silence.set()
    assert told.outcome == "unsure"


def test_who_runs_the_warehouse_is_told_of_a_refusal_once_a_day_for_the_same_reasons(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("ops,mail,ops@example.com", "head,mail,head@example.com")
    reasons = ["marts.fct_tier_score: <b>too few</b> rows"]
    assert outcomes(list(send_refusal(settings, now, reasons))) == ["sent"]
    assert post.taken[0][0] == "ops@example.com"
    assert reasons[0] in body(post)
    assert f"{VERSION} is still served." in body(post)
    assert "&lt;b&gt;too few" in body(post, "html")
    assert outcomes(list(send_refusal(settings, now, reasons))) == ["before"]
    assert outcomes(list(send_refusal(settings, now, [*reasons, "more"]))) == ["sent"]
    tomorrow = MONDAY + timedelta(days=1)
    assert outcomes(list(send_refusal(settings, lambda: tomorrow, reasons))) == ["sent"]


@pytest.mark.parametrize(
    ("at", "is_late"),
    [
        (datetime(2026, 11, 16, 12, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 23, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 5, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 11, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 12, tzinfo=UTC), True),
        (datetime(2026, 11, 29, tzinfo=UTC), True),
    ],
)
def test_a_week_is_late_some_hours_after_its_refresh_was_due_and_said_so_once(
    installation_of: Make, post: Post, at: datetime, is_late: bool
) -> None:
    settings = installation_of("admin,mail,admin@example.com")
    expected = ["sent"] if is_late else []
    assert outcomes(list(send_alerts(settings, lambda: at))) == expected
    assert outcomes(list(send_alerts(settings, lambda: at))) == ["before"] * is_late
    if is_late:
        assert "due on Monday 23 Nov at 06:00 UTC has published nothing 6 hours later" in body(post)


def test_an_installation_that_never_published_is_late_too(
    installation_of: Make, post: Post, tmp_path: Path
) -> None:
    settings = installation_of("ops,mail,ops@example.com", home=tmp_path / "empty")
    late = MONDAY + timedelta(hours=4)
    assert outcomes(list(send_alerts(settings, lambda: late))) == ["sent"]
    assert "Nothing is published yet." in body(post)


@pytest.fixture
def scorecards(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(command, "_now", now)

    def run(settings: Settings, *arguments: str) -> tuple[int, list[str], list[str]]:
        for name, value in settings.model_dump().items():
            if value is not None:
                monkeypatch.setenv(f"SCORECARDS_{name.upper()}", str(value))
        monkeypatch.setattr(sys, "argv", ["scorecards", *arguments])
        with pytest.raises(SystemExit) as stopped:
            command.main()
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out.splitlines(), err.splitlines()

    return run


def test_the_command_shows_sends_and_says_what_failed(
    scorecards, installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,head@example.com", "exec,mail,gone@example.com")
    status, out, _ = scorecards(settings, "digest", "--dry-run", "--audience", "head")
    assert status == 0
    assert out[0].startswith("--- head by mail to head@example.com: Partner Scorecards · Week of")
    assert not any("exec" in line for line in out)
    assert sent_messages(settings) == post.taken == []
    post.refuses["gone@example.com"] = "550 gone"
    status, out, err = scorecards(settings, "digest")
    assert (status, out) == (1, ["digest for head by mail to head@example.com: sent"])
    assert err == ["digest for exec by mail to gone@example.com: failed: 550 gone (attempt 1 of 5)"]


def test_the_command_sends_to_no_part_of_the_audiences(
    scorecards, installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,head@example.com", "ops,mail,ops@example.com")
    status, out, err = scorecards(settings, "digest", "--audience", "head")
    assert (status, out) == (2, [])
    assert err == ["--audience is of --dry-run alone: everybody is sent theirs"]
    assert sent_messages(settings) == post.taken == []


def test_the_command_says_in_a_line_what_is_not_configured(
    scorecards, installation_of: Make, tmp_path: Path
) -> None:
    nowhere = installation_of("head,mail,a@b.example", home=tmp_path / "empty")
    status, _, err = scorecards(nowhere, "digest")
    assert (status, len(err)) == (2, 1)
    assert "nothing is published yet" in err[0]


def test_a_ledger_that_refuses_the_claim_lets_nothing_out(
    installation_of: Make, post: Post
) -> None:
    settings = installation_of("head,mail,head@example.com")
    [parcel] = parcels(settings)
    with writing(settings) as connection:
        connection.execute(
            text(
                "create trigger no before insert on sent_messages "
                "begin select raise(abort, 'no'); end"
            )
        )
    with pytest.raises(Exception, match="no"):
        list(deliver(settings, [parcel], now))
    assert post.taken == []


def test_the_command_tells_of_a_refusal_and_hides_none_where_it_cannot(
    installation_of: Make, post: Post, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings = installation_of("ops,mail,ops@example.com")
    command._tell_of_refusal(settings, ("too few rows",))
    assert capsys.readouterr().err == "refused for ops by mail to ops@example.com: sent\n"
    unusable = installation_of(audiences=tmp_path / "gone.csv", home=tmp_path / "home")
    command._tell_of_refusal(unusable, ("too few rows",))
    assert capsys.readouterr().err.startswith("Nobody could be told: ")
    command._tell_of_refusal(installation_of(audiences=None), ("too few rows",))
    assert capsys.readouterr().err == ""
    assert len(post.taken) == 1
