import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attribution_rows import (
    DISPUTED,
    FOREIGN,
    INFLUENCER,
    LOST,
    NOBODYS,
    OPEN,
    SOURCER,
    UNKNOWN_AMOUNT,
    add_attribution,
)
from snapshot_factory import Scenario, publish

from dashboards import disputes
from dashboards.queries.attribution import deal
from dashboards.queries.published import current_edition, imprint
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory):
    home: Path = tmp_path_factory.mktemp("disputed")
    add_attribution(publish(home, Scenario(partners=12)))
    return current_edition(Settings(home=home))


def pack_of(edition, key, **changes):
    known = deal.__wrapped__(edition, key)
    printed = imprint.__wrapped__(edition)
    return disputes.pack(known, printed, "USD", {"linear": "equal shares"}, **changes).decode()


class Document(HTMLParser):
    """What a file is made of: its elements, attributes and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


def test_a_pack_tells_touches_rules_reasons_and_what_was_left_out(edition):
    page = pack_of(edition, DISPUTED)
    for said in (
        "Who gets credit for Rollout 0",
        "Won on 14 Sep 2026.",
        "<b>Lumen Group</b>: sourced. Why: registered first, and the registration was valid",
        "revenue credit $100,000.00",
        "It did not source the deal because its registration had expired.",
        "Approved, and valid when the deal was created",
        "✕ no",
        "Its 90 days were over on 2 Feb 2026",
        "– not asked",
        "5 Mar 2026 09:00 UTC",
        "counts in the role-based model alone",
        "after the close",
        "66.7%",
        "$66,666.67",
        "equal shares",
        "upheld over R-9",
        "Data to 15 Nov 2026",
        "version 2026-11-15-0a1b2c3d4e5f",
        "policy 2026-10-01",
        "is not for partners to read",
    ):
        assert said in page, said
    left_out = page[page.index("Left out, and why") : page.index("Six models")]
    assert set(re.findall(r"T-\d+", left_out)) == {"T-3", "T-5", "T-6"}


def test_a_pack_about_a_partner_holds_nothing_about_any_other(edition):
    page = pack_of(edition, DISPUTED, about=INFLUENCER)
    assert "About Orchard Group alone." in page
    for mine in ("T-2", "T-5", "R-2", "33.3%"):
        assert mine in page
    for others in ("Lumen", "Cedar", "Fernhill", "T-1<", "T-3", "T-6", "R-1", "66.7%", "upheld"):
        assert others not in page


@pytest.mark.parametrize("key", [DISPUTED, FOREIGN, OPEN, LOST, NOBODYS, UNKNOWN_AMOUNT])
def test_a_pack_runs_and_loads_nothing_and_stands_alone(edition, key):
    page = pack_of(edition, key)
    document = Document(page)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(document.tags)
    assert not {name for name, _ in document.attributes if name.startswith("on") or name == "src"}
    assert "default-src 'none'" in page
    assert "url(" not in page and "@import" not in page
    assert document.tags.count("h1") == 1


def test_the_same_version_gives_the_same_bytes(edition):
    assert pack_of(edition, DISPUTED) == pack_of(edition, DISPUTED)


def test_amounts_are_told_in_both_currencies_or_why_not(edition):
    assert "EUR\u00a030,000.00, $32,400.50 at the rate of the close" in pack_of(edition, FOREIGN)
    assert "EUR\u00a030,000.00, without an exchange rate" in pack_of(edition, UNKNOWN_AMOUNT)
    assert "may change until it closes" in pack_of(edition, OPEN)


def test_a_pack_is_named_by_deal_partner_and_version(edition):
    known = deal.__wrapped__(edition, DISPUTED)
    printed = imprint.__wrapped__(edition)
    name = f"dispute-pack-{DISPUTED}-{SOURCER}-2026-11-15-0a1b2c3d4e5f.html"
    assert disputes.file_name(known, printed, SOURCER) == name
    hostile = replace(known, facts=known.facts.assign(opportunity_id="../../x\n"))
    assert disputes.file_name(hostile, printed, None).startswith("dispute-pack-x-2026")
