import re
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from page_markup import markup
from review_rows import AS_OF, FIRST, HOSTILE, NEXT, REVIEWS, SECOND, add_reviews, item
from snapshot_factory import Scenario, publish

from dashboards import export, signin
from dashboards.access import Refused, Viewer
from dashboards.charts.calendar import calendar, weeks_of
from dashboards.packs.making import make_pack
from dashboards.queries.occasions import NoOccasionError
from dashboards.queries.published import current_edition, of_manager
from dashboards.queries.reviews import (
    every_item,
    items_overdue,
    one_review,
    open_items,
    reviews,
)
from dashboards.views.business_reviews.selection import (
    HELD,
    MISSED,
    UPCOMING,
    Filters,
    Notes,
    items_with_notes,
    select,
    soon,
    with_notes,
)
from dashboards.views.business_reviews.tables import export_items, export_reviews, month_of_reviews
from warehouse.ledger import ReviewEvent, record_review_event, review_events
from warehouse.settings import Settings

PATH = "business-reviews"
NOON = datetime(2026, 11, 16, 12)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("reviewed")
    add_reviews(publish(home, Scenario(partners=12)))
    return home


@pytest.fixture
def home(tmp_path: Path, published: Path) -> Path:
    return shutil.copytree(published, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def known(published: Path) -> pd.DataFrame:
    rows = reviews.__wrapped__(current_edition(Settings(home=published)), AS_OF)
    return with_notes(rows, Notes(()))


def note(home: Path, review_id: str, event: str, **changes) -> None:
    entry = {"decided_by": "Idris Kaya", "decided_at": NOON}
    record_review_event(Settings(home=home), review_id=review_id, event=event, **entry | changes)


def noted(event: str, item_id: str | None, review_id: str = "R-next", at: datetime = NOON):
    return ReviewEvent(1, review_id, item_id, event, "Idris Kaya", at, None)


def counts(app, key: str = "list") -> dict[str, int]:
    [control] = [b for b in app.get("button_group") if b.key == key]
    labels = [option.content for option in control.proto.options]
    return {label.rsplit(" ", 1)[0]: int(label.rsplit(" ", 1)[1]) for label in labels}


def keys(app) -> set[str]:
    return {str(button.key) for button in app.button}


def press(app, key: str, *, name: str = "Ana Brandt", why: str = ""):
    """Open a dialog, fill it in and press its button."""
    app.button(key=key).click().run()
    assert not app.exception
    app.text_input[-1].input(name)
    app.text_area[0].input(why)
    app.button(key=key).click()
    [button] = [button for button in app.button if button.proto.is_form_submitter]
    button.click()
    app.run()
    assert not app.exception
    return button.label


def strip(page: str) -> dict[str, str]:
    found = re.findall(r'<dt>([^<]+)</dt><dd class="value">([^<]+?) ?<small>', page)
    return {label: value.strip() for label, value in found}


def test_reviews_stand_in_a_calendar_and_a_list_and_what_needs_a_person_first(open_page, home):
    app = open_page(home, PATH)
    assert not app.exception
    page = markup(app)
    assert counts(app) == {"Upcoming": 5, "Held": 2, "Missed": 1}
    assert counts(app, "kind") == {"Actions": 1, "Asks": 1, "Risks": 1, "Roadmap": 1}
    assert strip(page) == {
        "Next 14 days": "4",
        "Pre-reads to send": "2",
        "Held": "66.7%",
        "Pre-read in time": "50%",
        "Open items overdue": "1",
    }
    links = [button.label for button in app.button]
    assert "**1 pre-read** overdue, less than 72 hours ahead" in links
    assert "**1 pre-read** due next" in links
    assert "**1 review** not held" in links
    assert "<strong>1 open item</strong> past its day" in page
    for said in (
        "✕ pre-read overdue",
        "pre-read was due Sat 14 Nov 14:00 UTC",
        "pre-read sent Sat 14 Nov 08:00 UTC",
        "✕ was due 1 Nov",
        'href="business-reviews?review=R-late"',
        "Tuesday",
    ):
        assert said in page, said
    assert "<script>" not in page
    assert {"pre-read-R-late", "pre-read-R-next"} <= keys(app)
    assert "pre-read-R-sent" not in keys(app)


def test_a_pre_read_is_marked_as_sent_and_the_list_says_by_whom(open_page, home):
    app = open_page(home, PATH)
    assert press(app, "pre-read-R-next", why="to Jo Falk") == "Mark the pre-read as sent"
    [entry] = review_events(Settings(home=home))
    assert (entry.review_id, entry.item_id, entry.event) == ("R-next", None, "pre_read_sent")
    assert (entry.decided_by, entry.note) == ("Ana Brandt", "to Jo Falk")
    assert "pre-read-R-next" not in keys(app)
    assert strip(markup(app))["Pre-reads to send"] == "1"
    page = markup(open_page(home, PATH, review="R-next"))
    assert "Marked as sent by Ana Brandt" in page
    assert "“to Jo Falk”" in page


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (datetime(2026, 11, 16, 10), "sent"),
        (datetime(2026, 11, 16, 10, 0, 0, 1), "sent_late"),
    ],
)
def test_a_pre_read_marked_as_sent_is_in_time_to_the_moment(published, at, state):
    rows = reviews.__wrapped__(current_edition(Settings(home=published)), AS_OF)
    stands = with_notes(rows, Notes((noted("pre_read_sent", None, at=at),)))
    by_id = stands.set_index("review_id")["pre_read_state"]
    assert by_id["R-next"] == state
    assert by_id["R-late"] == "overdue"


def test_what_the_crm_says_was_sent_stands_though_somebody_marks_it_too(published):
    rows = reviews.__wrapped__(current_edition(Settings(home=published)), AS_OF)
    marked = noted("pre_read_sent", None, "R-sent", datetime(2026, 11, 17))
    sent = with_notes(rows, Notes((marked,))).set_index("review_id").loc["R-sent"]
    assert sent["pre_read_state"] == "sent"
    assert sent["pre_read_sent_at"] == datetime(2026, 11, 14, 8)
    assert sent["noted"] == marked


def test_one_review_has_its_pack_what_comes_along_and_what_is_on_its_agenda(open_page, home):
    app = open_page(home, PATH, review="R-next")
    assert not app.exception
    page = markup(app)
    for said in (
        "Thursday 19 November 2026, 10:00 UTC",
        "Jo Falk (partner)",
        "Send the price book of 2027",
        "The integration's owner leaves in January".replace("'", "&#x27;"),
        'href="business-reviews?review=R-held"',
        f'href="partner?partner={FIRST}"',
        "owner: partner",
    ):
        assert said in page, said
    assert "text of I-done" not in page
    assert {"make-pack", "carried-I-over", "done-I-agenda", "left_out-I-agenda"} <= keys(app)
    assert "carried-I-agenda" not in keys(app)
    held = open_page(home, PATH, review="R-held")
    assert "text of I-win" in markup(held)
    assert "✓ win" in markup(held)
    assert "– cancelled" in markup(held)
    assert not {"done-I-done", "done-I-win"} & keys(held)


def test_items_are_carried_over_left_out_done_and_put_back(open_page, home):
    settings = Settings(home=home)
    app = open_page(home, PATH, review="R-next")
    assert press(app, "carried-all") == "Carry these 3 items over"
    assert [toast.value for toast in app.toast] == ["3 items carried over."]
    assert "carried-all" not in keys(app)
    press(app, "left_out-I-ask", why="settled by contract")
    press(app, "done-I-over")
    page = markup(app)
    assert "Left out by Ana Brandt" in page
    assert "2 of them are not on the agenda any more." in page
    press(app, "carried-I-ask")
    assert [(e.item_id, e.event) for e in review_events(settings)] == [
        ("I-over", "carried"),
        ("I-ask", "carried"),
        ("I-road", "carried"),
        ("I-ask", "left_out"),
        ("I-over", "done"),
        ("I-ask", "carried"),
    ]
    assert {e.review_id for e in review_events(settings)} == {"R-held"}


def test_what_cannot_be_noted_is_said(open_page, home):
    app = open_page(home, PATH, review="R-next")
    press(app, "left_out-I-ask")
    assert "Nothing was recorded: whoever leaves an item out says why in a note." in markup(app)
    assert review_events(Settings(home=home)) == []


def test_without_a_ledger_reviews_stand_as_published_and_nothing_can_be_noted(
    open_page, home, monkeypatch
):
    monkeypatch.setenv("SCORECARDS_DECISIONS_URL", "mysql://somewhere/else")
    app = open_page(home, PATH)
    assert "Nothing can be noted of reviews now" in markup(app)
    assert not {"pre-read-R-late", "done-I-over"} & keys(app)
    assert counts(app)["Upcoming"] == 5


def test_a_past_version_shows_what_was_noted_then_and_takes_nothing(open_page, home):
    note(home, "R-next", "pre_read_sent", decided_at=datetime(2026, 11, 16, 6))
    note(home, "R-held", "done", item_id="I-over", decided_at=datetime(2026, 11, 17))
    publish(home, Scenario(partners=12, version="2026-11-22-0a1b2c3d4e5f"))
    app = open_page(home, PATH, version="2026-11-15-0a1b2c3d4e5f", review="R-next")
    page = markup(app)
    assert "Marked as sent by Idris Kaya" in page
    assert "Marked as done" not in page
    assert not {"make-pack", "done-I-over", "pre-read-R-next"} & keys(app)
    assert "Packs are made from the current version." in page


def test_the_address_filters_and_says_what_it_left_nothing_of(open_page, home):
    app = open_page(home, PATH, list="Missed")
    assert "✕ not held" in markup(app)
    app.session_state["search"] = "nobody"
    page = markup(app.run())
    assert "No review matches missed and “nobody”." in page
    assert "No open item matches “nobody”." in page
    assert "No review R-gone in this version." in markup(open_page(home, PATH, review="R-gone"))


def test_a_version_without_reviews_says_so(open_page, publish_scenario):
    app = open_page(publish_scenario(partners=3), PATH)
    assert "This version knows of no business reviews." in markup(app)


def test_a_company_without_reviews_says_so(open_page, publish_scenario):
    home = publish_scenario(partners=3)
    add_reviews(next((home / "published").glob("*.duckdb")), [], [])
    app = open_page(home, PATH)
    assert not app.exception
    page = markup(app)
    assert "No review is scheduled." in page
    assert "Nothing is open." in page
    assert "No business review needs you this week" in page


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Filters(), ["R-late", "R-sent", "R-next", "R-soon", "R-later"]),
        (Filters(HELD), ["R-after", "R-held"]),
        (Filters(MISSED), ["R-missed"]),
        (Filters(UPCOMING, "ana"), ["R-late", "R-sent", "R-next", "R-soon", "R-later"]),
        (Filters(UPCOMING, SECOND), ["R-late"]),
    ],
)
def test_filters_keep_what_was_asked_for(known, asked, expected):
    assert list(select(known, asked)["review_id"]) == expected


def test_the_next_two_weeks_end_with_the_fourteenth_day(known):
    rows = pd.concat([known.tail(1)] * 2).assign(
        state="upcoming",
        scheduled_at=pd.to_datetime(["2026-11-29T23:59:59", "2026-11-30T00:00:00"]),
    )
    assert len(soon(rows, AS_OF)) == 1


def test_what_somebody_closed_is_no_open_item_and_a_search_finds_by_words(published):
    edition = current_edition(Settings(home=published))
    read = open_items.__wrapped__
    assert len(read(edition, (), "")) == 4
    assert set(read(edition, ("I-over", "I-road"), "")["item_id"]) == {"I-ask", "I-agenda"}
    assert list(read(edition, (), "PRICE book")["item_id"]) == ["I-over"]
    assert read(edition, (), "")["item_id"].iloc[0] == "I-over"


def test_a_day_with_many_reviews_shows_what_needs_a_person_and_counts_the_rest(known):
    [one] = known[known["review_id"].eq("R-next")].to_dict("records")
    crowd = [
        one | {"review_id": f"R-{n}", "scheduled_at": NEXT.replace(minute=n)} for n in range(9)
    ]
    crowd[-1] |= {"pre_read_state": "overdue"}
    drawn = month_of_reviews(pd.DataFrame(crowd), AS_OF)
    assert "5 more" in drawn
    assert 'href="business-reviews?review=R-8"' in drawn
    assert 'href="business-reviews?review=R-3"' not in drawn


def test_a_calendar_shows_the_weekend_only_where_there_is_something_on_it():
    weeks = weeks_of(date(2026, 11, 8), date(2026, 11, 16))
    assert weeks == [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]
    drawn = calendar(weeks, {}, AS_OF, caption="Reviews")
    assert "Friday" in drawn
    assert "Saturday" not in drawn


def test_exports_hold_every_review_and_item_and_run_nothing(known, published):
    edition = current_edition(Settings(home=published))
    table = export_reviews(known).set_index("Review")
    assert len(table) == len(REVIEWS)
    assert table.loc["R-late", "Pre-read"] == "Overdue"
    rows = items_with_notes(every_item(edition, AS_OF), Notes((noted("done", "I-ask", "R-held"),)))
    items = export_items(rows).set_index("Item")
    assert items.loc["I-ask", "Item in words"] == HOSTILE
    assert (items.loc["I-ask", "Made of it"], items.loc["I-ask", "By"]) == ("Done", "Idris Kaya")
    assert "'=HYPERLINK" in export.to_csv(items.reset_index()).decode("utf-8-sig")
    assert len(items) == 7


def test_a_partner_manager_finds_the_reviews_and_items_of_own_partners_alone(tmp_path):
    path = publish(tmp_path, Scenario(partners=12))
    add_reviews(path)
    with duckdb.connect(path) as connection:
        connection.execute("alter table marts.dim_partner add column partner_manager_email varchar")
        connection.execute(
            "update marts.dim_partner set partner_manager_email = 'bo@example.com' "
            "where partner_id = ?",
            [SECOND],
        )
    edition = of_manager(current_edition(Settings(home=tmp_path)), "bo@example.com")
    assert set(reviews.__wrapped__(edition, AS_OF)["review_id"]) == {"R-late", "R-missed"}
    assert open_items.__wrapped__(edition, (), "").empty
    assert every_item(edition, AS_OF).empty
    assert items_overdue.__wrapped__(edition, ()) == 0
    others = one_review.__wrapped__(edition, "R-next")
    assert others.review.empty
    assert others.own.empty
    assert others.carried.empty
    with pytest.raises(NoOccasionError):
        make_pack(edition, "R-next", "partner")


def audiences(app) -> list[str]:
    return [o.content for b in app.get("button_group") if b.key == "for" for o in b.proto.options]


def test_a_partner_manager_makes_packs_for_the_partner_alone(open_page, home, monkeypatch):
    with duckdb.connect(next((home / "published").glob("*.duckdb"))) as connection:
        connection.execute("alter table marts.dim_partner add column partner_manager_email varchar")
        connection.execute("update marts.dim_partner set partner_manager_email = 'bo@example.com'")
    bo = Viewer("partner-manager", "Bo", "bo@example.com")
    monkeypatch.setattr(signin, "who", lambda _: bo)
    app = open_page(home, PATH, review="R-next")
    assert "make-pack" in keys(app)
    assert audiences(app) == []
    assert "Nothing about other partners" in markup(app)
    monkeypatch.setattr(signin, "who", lambda _: replace(bo, role="ops"))
    assert audiences(open_page(home, PATH, review="R-next")) == ["For the partner", "Internal"]


def test_who_lost_their_role_makes_no_packs_from_a_dialog_left_open(open_page, home, monkeypatch):
    ana = Viewer("ops", "Ana", "ana@example.com")
    answers = iter([ana, ana, ana])
    monkeypatch.setattr(signin, "who", lambda _: next(answers, Refused("You have no role here.")))
    monkeypatch.setattr("dashboards.packs.making.make_packs", lambda *_: pytest.fail("made"))
    app = open_page(home, PATH)
    app.button(key="packs-of-many").click().run()
    app.button(key="packs-of-many").click()
    app.button(key="make-packs").click().run()
    assert not app.exception
    assert next(answers, None) is None
    assert "You have no role here." in markup(app)


def test_items_without_a_ledger_stand_as_they_were_published():
    rows = pd.DataFrame([item("I-1", "R-1"), item("I-2", "R-1", ledger_state="left_out")])
    assert list(items_with_notes(rows, None)["made"]) == [None, "left_out"]
