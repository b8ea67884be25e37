import csv
import io
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import PHONE, settle
from playwright.sync_api import Browser, Page, expect

from dashboards.registry import load_pages
from dashboards.theme.tokens import TOKENS

pytestmark = pytest.mark.browser
PATHS = [*(entry.path for entry in load_pages()), "partner?partner=P-00001"]


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    settle(page)
    return page


def strip(page: Page) -> list[str]:
    return page.locator(".strip .value").all_inner_texts()


def test_a_link_to_a_filtered_view_shows_the_same_view(page, address):
    opened(page, f"{address}/")
    assert page.url == f"{address}/today"
    opened(page, f"{address}/scorecards")
    everyone = strip(page)
    page.get_by_placeholder("Partner, manager, id").fill("ana")
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("button", name="Gold").click()
    page.wait_for_url("**tier=Gold**")
    settle(page)
    filtered = strip(page)
    assert filtered != everyone
    assert "search=ana" in page.url
    other = page.context.new_page()
    assert strip(opened(other, page.url)) == filtered
    expect(other.get_by_placeholder("Partner, manager, id")).to_have_value("ana")


def test_what_needs_someone_is_one_click_away_and_in_the_address(page, address):
    opened(page, f"{address}/scorecards")
    page.get_by_role("button", name="under the coverage floor").click()
    page.wait_for_url("**show=Under**")
    page.get_by_role("link", name="extract stale").click()
    page.wait_for_url("**/data-trust?state=Stale")
    settle(page)
    assert page.locator("h1").inner_text() == "Data trust"
    assert page.get_by_role("region", name="Extracts: rows and freshness").is_visible()
    assert "Accounts" not in page.get_by_role("region", name="Extracts: rows").inner_text()


def test_a_phone_shows_each_page_without_scrolling_sideways(browser: Browser, address):
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    for path in PATHS:
        opened(page, f"{address}/{path}")
        wide = page.evaluate(
            """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
                .some(e => e.scrollWidth > e.clientWidth + 1)"""
        )
        assert not wide, path
        targets = page.locator(".st-key-needs-you :is(a, button), .st-key-head-actions button")
        heights = [targets.nth(i).bounding_box()["height"] for i in range(targets.count())]
        assert min(heights) >= 39.5, path
        assert grave_findings(page) == [], path
    context.close()


def test_a_phone_lists_forty_partners_instead_of_the_wide_table(browser: Browser, address):
    context = browser.new_context(viewport=PHONE)
    page = opened(context.new_page(), f"{address}/scorecards")
    assert page.locator(".st-key-phone tbody tr").count() == 40
    assert page.locator(".st-key-phone table").is_visible()
    assert not page.locator(".st-key-desk").is_visible()
    context.close()


def test_from_the_list_to_a_partner_to_the_rows_behind_a_metric(browser: Browser, address):
    context = browser.new_context(viewport=PHONE)
    page = opened(context.new_page(), f"{address}/scorecards?search=P-00001")
    page.locator(".st-key-phone a").first.click()
    page.wait_for_url("**/partner?partner=P-00001")
    settle(page)
    page.get_by_role("link", name="Sourced ARR").first.click()
    page.wait_for_url("**tab=evidence**")
    settle(page)
    assert "agrees with the metric" in page.locator(".stMain").inner_text()
    assert page.get_by_role("radio", name="Evidence").get_attribute("aria-checked") == "true"
    context.close()


def test_a_change_that_is_approved_moves_to_the_approved_with_who_did_it(page, address):
    opened(page, f"{address}/tier-changes")
    waiting = page.get_by_role("button", name="Approve", exact=True).count()
    page.get_by_role("button", name="Approve", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Ana Brandt")
    dialog.get_by_role("button", name=re.compile("^(Promote|Demote) to |^Pause|^Exit")).click()
    dialog.wait_for(state="detached")
    settle(page)
    assert page.get_by_role("button", name="Approve", exact=True).count() == waiting - 1
    opened(page, f"{address}/tier-changes?list=Approved")
    assert "Ana Brandt" in page.locator(".stMain").inner_text()


def test_the_pack_of_a_review_is_made_its_pre_read_sent_and_its_promises_kept(
    page, address, tmp_path: Path
):
    opened(page, f"{address}/business-reviews")
    page.get_by_role("link", name="<script>").first.click()
    page.wait_for_url("**/business-reviews?review=R-next")
    settle(page)
    page.get_by_role("button", name="Make the pack").click()
    for label, begins in (("PDF, to read", b"%PDF"), ("Slides", b"PK"), ("Numbers", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        assert target.read_bytes().startswith(begins)
        assert "R-next-partner" in target.name
    page.get_by_role("button", name="Mark pre-read as sent").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Ana Brandt")
    dialog.get_by_role("button", name="Mark the pre-read as sent").click()
    dialog.wait_for(state="detached")
    settle(page)
    page.get_by_role("button", name="Done").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Mark this item as done").click()
    page.get_by_role("dialog").wait_for(state="detached")
    settle(page)
    shown = opened(page, page.url).locator(".stMain").inner_text()
    assert "Marked as sent by Ana Brandt" in shown
    assert "Marked as done by Ana Brandt" in shown


def test_a_kpi_off_its_target_opens_in_full_and_its_address_does_too(page, address):
    opened(page, f"{address}/ecosystem")
    page.get_by_role("button", name="Sourced share of ARR").click()
    page.wait_for_url("**kpi=Sourced+share+of+ARR**")
    page.get_by_role("region", name="Sourced share of ARR by period").wait_for()
    settle(page)
    other = opened(page.context.new_page(), page.url)
    other.get_by_role("button", name="Close").click()
    other.get_by_role("region", name="by period").wait_for(state="detached")
    other.wait_for_url(lambda url: "kpi=" not in url)


def test_an_export_holds_every_filtered_row_and_runs_nothing(page, address, tmp_path: Path):
    opened(page, f"{address}/scorecards")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    target = tmp_path / "scorecards.csv"
    download.value.save_as(target)
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig"))))
    assert len(rows) == 60
    names = {row["partner_name"] for row in rows}
    assert '\'=HYPERLINK("http://example.org","x")' in names
    assert not any(name.startswith("=") for name in names)


def test_each_page_is_drawn_in_both_themes_under_one_title_and_runs_no_name(
    browser: Browser, address
):
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    noise = []
    page.on("pageerror", lambda error: noise.append(str(error)))
    for path in PATHS:
        page.emulate_media(color_scheme="light")
        opened(page, f"{address}/{path}")
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            expect(page.locator(".stApp")).to_have_css("background-color", colour("page", theme))
            expect(page.locator(".stMainBlockContainer h1")).to_have_css(
                "color", colour("t1", theme)
            )
            expect(page.locator(".as-of")).to_have_css("color", colour("t3", theme))
            assert grave_findings(page) == []
        assert page.title().endswith(" · Partner Scorecards")
        assert page.locator("h1").count() == 1
        assert page.locator("main img[src='x'], .stMain img[src='x']").count() == 0
    opened(page, f"{address}/scorecards?compare=P-00001&compare=P-00005")
    assert "<script>" in page.locator(".stMain").inner_text()
    assert page.title().endswith(" · Partner Scorecards")
    assert noise == []
    context.close()


def grave_findings(page: Page) -> list[str]:
    """What axe calls serious or critical, in all but Streamlit's own list of pages for phones."""
    found = Axe().run(page, {"exclude": [["[data-testid='stSidebarNav']"]]})
    return [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def colour(token: str, theme: str) -> str:
    """A token as the browser computes it."""
    value = getattr(TOKENS[token], theme)
    return f"rgb({', '.join(str(int(value[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_the_filters_and_actions_are_reached_by_keyboard(page, address):
    opened(page, f"{address}/scorecards")
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                    const e = document.activeElement;
                    const said = e.innerText || e.placeholder || e.getAttribute('aria-label');
                    return (said || '').trim();
                }"""
            )
        )
    assert {"Partner, manager, id", "Registered"} <= reached
    assert any("Definitions" in words for words in reached)
    assert any("under the coverage floor" in words for words in reached)
