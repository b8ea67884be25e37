"""Business reviews and their items, beside `snapshot_factory`: a state to a row."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

AS_OF = date(2026, 11, 15)
END = datetime(2026, 11, 16)
HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'
FIRST, SECOND, THIRD = "P-00001", "P-00002", "P-00003"

REVIEW = """
create or replace table marts.fct_business_review (
    review_id varchar, partner_id varchar, scheduled_at timestamp, held_at timestamp,
    pre_read_due_at timestamp, pre_read_sent_at timestamp, pre_read_state varchar,
    state varchar, attendees varchar, previous_review_id varchar, next_review_id varchar,
    open_items bigint
)
"""
ITEM = """
create or replace table marts.fct_review_item (
    item_id varchar, review_id varchar, partner_id varchar, kind varchar, text varchar,
    owner_side varchar, due_on date, status varchar, is_open boolean, is_overdue boolean,
    carried_to_review_id varchar, ledger_state varchar, decided_by varchar,
    decided_at timestamp, note varchar
)
"""
DEFINITIONS = [
    ("fct_business_review", "pre_read_state", "sent, sent_late, overdue, due or upcoming."),
    ("fct_review_item", "is_overdue", "Open and due before the as-of date."),
]


def review(key: str, partner: str, at: datetime, **more: Any) -> dict[str, Any]:
    """An upcoming review whose pre-read is not due yet, but for what is changed."""
    row = {
        "review_id": key,
        "partner_id": partner,
        "scheduled_at": at,
        "held_at": None,
        "pre_read_due_at": at - timedelta(hours=72),
        "pre_read_sent_at": None,
        "pre_read_state": "upcoming",
        "state": "upcoming",
        "attendees": "Ana Brandt; Jo Falk (partner)",
        "previous_review_id": None,
        "next_review_id": None,
        "open_items": 0,
    }
    return row | more


def item(key: str, review_id: str, kind: str = "action", **more: Any) -> dict[str, Any]:
    """An open action of the first partner without a day, but for what is changed."""
    row = {
        "item_id": key,
        "review_id": review_id,
        "partner_id": FIRST,
        "kind": kind,
        "text": f"text of {key}",
        "owner_side": "us",
        "due_on": None,
        "status": "open",
        "is_open": True,
        "is_overdue": False,
        "carried_to_review_id": None,
        "ledger_state": None,
        "decided_by": None,
        "decided_at": None,
        "note": None,
    }
    return row | more


LAST, NEXT, SOON = datetime(2026, 8, 20, 10), datetime(2026, 11, 19, 10), datetime(2026, 11, 25, 9)
REVIEWS = [
    review(
        "R-held",
        FIRST,
        LAST,
        state="held",
        held_at=LAST,
        pre_read_state="sent",
        pre_read_sent_at=LAST - timedelta(hours=72),
        next_review_id="R-next",
        open_items=3,
    ),
    review("R-next", FIRST, NEXT, pre_read_state="due", previous_review_id="R-held"),
    review("R-late", SECOND, datetime(2026, 11, 17, 14), pre_read_state="overdue"),
    review(
        "R-sent",
        THIRD,
        datetime(2026, 11, 18, 9, 30),
        pre_read_state="sent",
        pre_read_sent_at=datetime(2026, 11, 14, 8),
    ),
    review("R-soon", "P-00004", SOON),
    review("R-later", "P-00005", datetime(2027, 1, 12, 9)),
    review(
        "R-missed", SECOND, datetime(2026, 11, 11, 10), state="missed", pre_read_state="not_sent"
    ),
    review(
        "R-after",
        THIRD,
        datetime(2026, 11, 10, 15),
        state="held",
        pre_read_state="sent_late",
        pre_read_sent_at=datetime(2026, 11, 9, 15),
    ),
]
ITEMS = [
    item(
        "I-over",
        "R-held",
        text="Send the price book of 2027",
        due_on=date(2026, 11, 1),
        is_overdue=True,
        carried_to_review_id="R-next",
    ),
    item(
        "I-ask",
        "R-held",
        "ask",
        owner_side="partner",
        text=HOSTILE,
        due_on=date(2026, 12, 1),
        carried_to_review_id="R-next",
    ),
    item("I-road", "R-held", "roadmap", owner_side="both", carried_to_review_id="R-next"),
    item("I-done", "R-held", status="done", is_open=False),
    item("I-off", "R-held", "ask", status="cancelled", is_open=False),
    item("I-win", "R-held", "win", owner_side=None, status="done", is_open=False),
    item("I-agenda", "R-next", "risk", text="The integration's owner leaves in January"),
]


def add_reviews(
    path: Path,
    reviews: list[dict[str, Any]] | None = None,
    items: list[dict[str, Any]] | None = None,
) -> None:
    """Give a published file its business reviews and their items."""
    with duckdb.connect(path) as connection:
        for ddl, name, rows in (
            (REVIEW, "fct_business_review", REVIEWS if reviews is None else reviews),
            (ITEM, "fct_review_item", ITEMS if items is None else items),
        ):
            connection.execute(ddl)
            if rows:
                connection.register("rows", pd.DataFrame(rows))
                connection.execute(f"insert into marts.{name} by name select * from rows")
                connection.unregister("rows")
        connection.execute(
            "insert into policy.settings values ('pre_read_hours', '72', '2023-01-01', null)"
        )
        connection.executemany("insert into quality.definitions values (?, ?, ?)", DEFINITIONS)
