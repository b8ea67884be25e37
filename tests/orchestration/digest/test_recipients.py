from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.digest.recipients import Recipient, recipients
from orchestration.inputs import UnusableInputError
from warehouse.settings import Settings

HOOK = "https://hooks.example.com/services/T/B/secret"


def test_a_csv_and_a_yaml_name_the_same_people(
    installation_of: Callable[..., Settings], tmp_path: Path
) -> None:
    rows = ["head, mail ,head@example.com", f"ops,chat,{HOOK}", "partner-manager,mail,*"]
    by_csv = recipients(installation_of(*rows, rows[0]))
    assert by_csv == (
        Recipient("head", "mail", "head@example.com"),
        Recipient("ops", "chat", HOOK),
        Recipient("partner-manager", "mail", "*", "*"),
    )
    file = tmp_path / "audiences.yml"
    file.write_text(
        f"""
        - {{audience: head, channel: mail, address: head@example.com}}
        - {{audience: ops, channel: chat, address: "{HOOK}"}}
        - {{audience: partner-manager, channel: mail, address: "*"}}
        """
    )
    assert recipients(installation_of(audiences=file)) == by_csv


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("board,mail,a@b.example", "row 1: audience 'board' is none of admin, head"),
        ("head,sms,a@b.example", "row 1: channel 'sms' is none of mail, chat"),
        ("head,mail,a b@example.com", "is no mail address"),
        ("head,mail,*", "'\\*' is no mail address"),
        ("head,mail,a@b.example>\\nBcc: x@y", "is no mail address"),
        ("head,chat,hooks.example.com", "its webhook"),
        ("head,mail,a@b.example,c@d.example", "only a partner-manager has a manager"),
        (f"partner-manager,chat,{HOOK}", "names in `manager` whose partners"),
        ("head,mail,a@b.example,,more", "no column 'None'"),
    ],
)
def test_a_row_that_cannot_be_followed_is_named(
    installation_of: Callable[..., Settings], row: str, why: str
) -> None:
    with pytest.raises(UnusableInputError, match=why):
        recipients(installation_of(row))


def test_mail_without_a_server_a_missing_file_and_an_empty_one_are_said(
    installation_of: Callable[..., Settings], tmp_path: Path
) -> None:
    with pytest.raises(UnusableInputError, match="SCORECARDS_SMTP_URL is not set"):
        recipients(installation_of("head,mail,a@b.example", smtp_url=None))
    with pytest.raises(UnusableInputError, match="cannot be read"):
        recipients(installation_of(audiences=tmp_path / "gone.csv"))
    with pytest.raises(UnusableInputError, match="names nobody"):
        recipients(installation_of())
    assert recipients(installation_of(audiences=None)) == ()


def test_a_webhook_is_never_told_whole() -> None:
    shown = Recipient("ops", "chat", HOOK).shown
    assert shown.startswith("hooks.example.com/")
    assert "secret" not in shown
    assert shown != Recipient("ops", "chat", f"{HOOK}2").shown
