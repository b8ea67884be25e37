import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import duckdb
import pandas as pd
import pypdfium2
import pytest
from pack_rows import OTHER, REVIEW, add_pack_marts
from partner_rows import BRIDGE, GAP, GATES, MERIDIAN, NEWCOMER, add_partner_marts
from snapshot_factory import Scenario, publish

from dashboards.packs import content, pdf
from dashboards.packs.content.discretion import Discretion
from dashboards.packs.model import (
    Absent,
    Bars,
    Bridge,
    Cell,
    Column,
    Ladders,
    Line,
    Lines,
    Pack,
    Point,
    Section,
    Series,
    Table,
)
from dashboards.queries.packs import Occasion, Reading, Rows, read
from dashboards.queries.published import current_edition
from warehouse.settings import Settings

SHARED = [
    "performance",
    "pipeline",
    "won",
    "installs",
    "retention",
    "incidents",
    "support",
    "roadmap",
    "risks",
    "asks",
    "actions",
]
INTERNAL = ["margin", "leakage", "payouts", "remediation", "notes"]
OCCASION = Occasion(MERIDIAN, REVIEW)
UNSCORED = "prt-900"
UNSCHEDULED = (NEWCOMER, GAP, UNSCORED)
HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.com","x")',
    '#import "@preview/x:1.0.0": * $x$ *bold* `raw` \\ ~',
    "Very " * 39 + "long",
    "W" * 200,
    "شركة النور للتقنية",
    "חברת האור בע״מ",
    "Ελληνική Εταιρεία · Компания",
    "Łódź & Çağrı – Ødegård",
)


def published(home: Path, without: tuple[str, ...] = ()) -> Path:
    names = ("Meridian Digital", "<script>alert(1)</script>", "Gap")
    path = publish(home, Scenario(partners=12, names=names))
    add_partner_marts(path, without=without)
    return path


def reading(home: Path) -> Reading:
    edition = current_edition(Settings(home=home))
    assert edition is not None
    return read(edition, [OCCASION, *(Occasion(each) for each in UNSCHEDULED)])


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    home = tmp_path_factory.mktemp("packs")
    add_pack_marts(published(home))
    return reading(home)


@pytest.fixture(scope="module")
def ours(known: Reading) -> Pack:
    return content.pack(known, OCCASION, "internal")


@pytest.fixture(scope="module")
def theirs(known: Reading) -> Pack:
    return content.pack(known, OCCASION, "partner")


def section(pack: Pack, key: str) -> Section:
    return next(each for each in pack.sections if each.key == key)


def table(pack: Pack, key: str, title: str) -> Table:
    found = next(b for b in section(pack, key).blocks if b.title == title)
    assert isinstance(found, Table)
    return found


def texts(rows: tuple[tuple[Cell, ...], ...]) -> list[list[str]]:
    return [[cell.text for cell in row] for row in rows]


def test_sections_follow_the_review_and_end_with_a_line_to_discuss(ours, theirs):
    assert [each.key for each in theirs.sections] == [*SHARED, "definitions"]
    assert [each.key for each in ours.sections] == [*SHARED, *INTERNAL, "definitions"]
    assert [each.key for each in ours.sections if each.is_internal] == INTERNAL
    for each in (*ours.sections, *theirs.sections):
        assert each.message and not each.message.endswith(".")
        assert each.discuss
        assert each.blocks


def test_the_cover_has_five_lines_four_numbers_asks_and_the_hour(theirs):
    cover = theirs.cover
    assert len(cover.lines) == 5
    assert cover.lines[0].fact == "Your score is 4.03, up 0.31 in 13 weeks."
    assert [figure.value.text for figure in cover.figures][:2] == ["4.03", "Gold"]
    assert len(cover.figures) == 4
    assert [item.minutes for item in cover.agenda] == [5, 15, 15, 15, 10]
    assert "Thursday 3 December 2026, 10:00 UTC" in cover.heading
    assert [(ask.verb, ask.matter) for ask in cover.asks][:2] == [
        ("Of you", "Two people for the pilot in Austria"),
        ("Of us", "Sandbox quota for the billing integration"),
    ]


def test_the_bridge_adds_up_as_shown_and_gates_are_those_of_the_mart(theirs):
    blocks = section(theirs, "performance").blocks
    bridge = next(each for each in blocks if isinstance(each, Bridge))
    steps = [step.value for step in bridge.steps]
    assert (bridge.start.value, bridge.end.value) == (Decimal("3.72"), Decimal("4.03"))
    assert bridge.start.value + sum(steps, Decimal(0)) == bridge.end.value
    assert len(steps) == len(BRIDGE) + 2
    gates = table(theirs, "performance", "Gates to Platinum")
    assert [row[1].value for row in gates.rows] == [
        Decimal(str(actual)) for actual in sorted_as_shown(gates)
    ]
    ladders = next(each for each in blocks if isinstance(each, Ladders))
    for criterion in ladders.criteria:
        for ladder in criterion.ladders:
            assert (ladder.now is None) == bool(ladder.reason)
            assert ladder.now is None or 0 <= ladder.now <= 1


def sorted_as_shown(gates: Table) -> list[float]:
    labels = {
        "weighted_score": "Weighted score",
        "every_criterion": "Every criterion",
        "sourced_arr": "Sourced ARR",
        "pipeline_created": "Pipeline created",
        "certified_people": "Certified people",
        "active_contract": "Active contract",
        "converted_referrals": "Converted referrals",
    }
    by_label = {labels[gate]: actual for gate, _, _, actual, _, _ in GATES}
    return [by_label[row[0].text.removesuffix(" or")] for row in gates.rows]


def test_deals_are_told_by_stage_by_when_they_close_and_by_quarter(theirs):
    forecast = table(theirs, "pipeline", "Forecast by expected close")
    by_label = {row[0].text: row[2].value for row in forecast.rows}
    assert by_label["by 31 Dec 2026"] == 50_000
    assert by_label["by 31 Mar 2027"] == 25_000
    [stuck] = table(theirs, "pipeline", "Stuck deals").rows
    assert [cell.text for cell in stuck][:4] == ["Duarte Pharma", "Proposal", "$50K", "91"]
    sourced = next(b for b in section(theirs, "won").blocks if b.title == "Won, sourced")
    assert isinstance(sourced, Series)
    # The last day of a quarter is in it, the as-of day in the running one.
    assert [point.value for point in sourced.points][-2:] == [100_000, 30_000]
    influenced = next(b for b in section(theirs, "won").blocks if b.title == "Won, influenced")
    assert isinstance(influenced, Series)
    assert [point.value for point in influenced.points][-2:] == [0, 70_000]


def test_stages_follow_each_other_as_the_policy_has_them_whatever_they_are_worth(known):
    deals = known.shared.frames["deals"]
    [deal] = deals[deals["opportunity_id"].eq("opp-1")].to_dict("records")[:1]
    stages = ("Negotiation", "House", "Qualification", "Discovery", "PROSPECTING")
    of_stages = pd.DataFrame(
        deal
        | {"opportunity_id": stage, "stage": stage, "amount_cents": 100 + place}
        | {"phase": "qualified" if place < 3 else "open"}
        for place, stage in enumerate(stages)
    )
    pack = content.pack(with_rows(known, deals=of_stages), OCCASION, "internal")
    [bars] = [block for block in section(pack, "pipeline").blocks if isinstance(block, Bars)]
    ordered = ["PROSPECTING", "Discovery", "Qualification", "Negotiation", "House"]
    assert [bar.label for bar in bars.bars] == ordered


def test_a_stuck_deal_that_lacks_nothing_says_so(known):
    hygiene = known.shared.frames["hygiene"].assign(missing_fields=None)
    pack = content.pack(with_rows(known, hygiene=hygiene), OCCASION, "internal")
    [stuck] = table(pack, "pipeline", "Stuck deals").rows
    assert stuck[-1].text == "nothing"


def test_promises_that_still_run_are_neither_kept_nor_broken(theirs):
    [row] = table(theirs, "support", "What we promised").rows
    assert [cell.text for cell in row] == ["First response", "4", "2", "1", "1", "66.7%"]
    assert "tic-7" in table(theirs, "support", "What we promised").note


def held(reading: Reading, last: str, before: str) -> Reading:
    """Of silver, with all gates of gold and platinum met now, and by those two quarter ends."""
    frames = reading.shared.frames
    platinum = frames["gates"][frames["gates"]["tier"].eq("platinum")].assign(is_met=True)
    return with_rows(
        reading,
        gates=pd.concat([platinum.assign(tier="gold"), platinum]),
        weeks=frames["weeks"].assign(current_tier="silver"),
        outlook=frames["outlook"].assign(qualified_tier=last, previous_qualified_tier=before),
    )


@pytest.mark.parametrize(
    ("last", "before", "said"),
    [
        ("platinum", "platinum", "Gold's and Platinum's held at the last two quarter ends too."),
        (
            "platinum",
            "gold",
            "Gold's held at the last two quarter ends too; Platinum's held on 30 Sep and must "
            "hold at the next quarter end.",
        ),
        (
            "gold",
            "silver",
            "Gold's held on 30 Sep and must hold at the next quarter end; Platinum's must hold at "
            "two quarter ends in a row.",
        ),
        ("silver", "gold", "A promotion needs all of them at two quarter ends in a row."),
    ],
)
def test_gates_that_hold_now_say_at_which_quarter_ends_they_held(known, last, before, said):
    pack = content.pack(held(known, last, before), OCCASION, "partner")
    assert pack.cover.lines[1].fact == "You meet all gates of Gold and Platinum."
    assert pack.cover.lines[1].meaning == said
    assert pack.cover.figures[1].note == "meets the gates of Platinum"
    assert table(pack, "performance", "Gates to Gold").note == f"All 6 hold. {said}"


def test_what_is_recommended_stands_on_our_cover_alone(known, ours, theirs):
    said = "Promotion to Platinum recommended on 30 Sep, not in force by 15 Nov."
    assert ours.cover.lines[1].meaning.startswith(f"{said} Missing: ")
    assert "recommended" not in visible(theirs).casefold()
    rows = known.shared.frames["partner"].assign(current_tier="platinum")
    risen = content.pack(with_rows(known, partner=rows), OCCASION, "internal")
    assert "recommended" not in risen.cover.lines[1].meaning


def claim(key: str, account: str, name: str, answered: bool) -> dict[str, object]:
    return {
        "partner_id": MERIDIAN,
        "registration_id": key,
        "account_id": account,
        "account_name": name,
        "submitted_at": pd.Timestamp(2026, 11, 4, 23, 26),
        "responded_at": pd.Timestamp(2026, 11, 14) if answered else pd.NaT,
    }


def test_a_claim_that_nobody_answered_is_no_history(known):
    promises = known.shared.frames["promises"].assign(
        kind="deal_registration", breached=3, breached_ids="reg-1, reg-2, reg-3"
    )
    claims = pd.DataFrame(
        [
            claim("reg-1", "acc-1", "Duarte Pharma", True),
            claim("reg-2", "acc-2", f"Kiosk of {OTHER}", False),
            claim("reg-4", "acc-1", "Kept in another time", False),
        ]
    )
    late = with_rows(known, promises=promises, claims=claims)
    ours, theirs = (content.pack(late, OCCASION, each) for each in ("internal", "partner"))
    assert section(theirs, "support").message.endswith("; 1 still unanswered, since 4 Nov")
    told = table(theirs, "support", "What we promised")
    assert told.rows[0][3].text == "3, 1 unanswered"
    two = pd.concat([claims, pd.DataFrame([claim("reg-3", "acc-1", "Duarte Pharma", False)])])
    both = content.pack(with_rows(known, promises=promises, claims=two), OCCASION, "partner")
    assert section(both, "support").message.endswith("; 2 still unanswered, the first since 4 Nov")
    assert "since 4 Nov, and one more after it: who" in section(both, "support").discuss
    waits = "acc-2 (reg-2), unanswered since 4 Nov"
    assert told.note.endswith(f"Late: {waits}; Duarte Pharma (reg-1); reg-3")
    assert f"Kiosk of {OTHER} (reg-2)" in section(ours, "support").discuss
    assert section(theirs, "support").discuss == (
        "The claim on acc-2 (reg-2) has waited for our answer since 4 Nov: who answers, and by "
        "when?"
    )
    answered = with_rows(known, promises=promises, claims=claims[:1])
    assert "unanswered" not in visible(content.pack(answered, OCCASION, "partner"))


def with_rows(reading: Reading, **frames: pd.DataFrame) -> Reading:
    return replace(reading, shared=Rows.of_frames({**reading.shared.frames, **frames}))


def at_quarter_end(rows: pd.DataFrame, **values: object) -> pd.DataFrame:
    """The rows of now, and before them those of the last quarter end."""
    now = rows[
        rows["partner_id"].eq(MERIDIAN) & rows["period_start"].eq(rows["period_start"].max())
    ]
    period = {"period_start": pd.Timestamp(2026, 7, 1), "period_end": pd.Timestamp(2026, 10, 1)}
    return pd.concat([now.assign(period_kind="quarter", **period, **values), now])


def test_what_got_worse_after_the_last_quarter_is_told(known):
    quality, health = known.shared.frames["si_quality"], known.shared.frames["health"]
    nps, incidents = Decimal("66.666666667"), Decimal("0.15")
    quality = at_quarter_end(quality, customer_nps=nps, incidents_per_project_year=incidents)
    quality.loc[quality["period_kind"].eq("week"), "customer_nps"] = Decimal("58.333333333")
    quality.loc[quality["period_kind"].eq("week"), "incidents_per_project_year"] = Decimal("0.14")
    health = at_quarter_end(
        health[health["period_kind"].eq("week")], partner_nps=nps, partner_answers=3
    )
    health.loc[health["period_kind"].eq("week"), "partner_nps"] = None
    health.loc[health["period_kind"].eq("week"), "partner_answers"] = 1
    pack = content.pack(with_rows(known, si_quality=quality, health=health), OCCASION, "internal")
    told = section(pack, "incidents")
    assert told.message == "Incidents a project-year: 0.14, Project NPS: 58.3"
    assert told.discuss.startswith("Project NPS went from 66.6 (Sep 26) to 58.3: ")
    assert "now is 15 Nov 2026" in told.note
    for block in told.blocks:
        assert [point.label for point in block.points] == ["Sep 26", "now"]
    # Cut to tenths in each chart, and what is absent says why.
    assert [block.points[0].text for block in told.blocks] == ["0.15", "66.6", "66.6"]
    assert told.blocks[2].absences == "too few answers (1): now"
    assert squeezed("too few answers (1): now") in squeezed("".join(pages(pdf.render(pack))))


def test_reasons_of_absent_points_stand_once_and_those_in_a_row_as_a_span():
    points = [("a", "no"), ("b", ""), ("c", "no"), ("d", "no"), ("e", "no"), ("f", "why")]
    series = Series(
        "",
        "",
        "count",
        tuple(Point(label, None if why else Decimal(1), why) for label, why in points),
    )
    assert series.absences == "no: a, c – e · why: f"


def test_the_data_says_until_when_each_kind_of_number_goes(ours, theirs):
    last = section(ours, "definitions")
    said = "Numbers are to 15 Nov 2026, quarters to 30 Sep 2026"
    assert last.message == f"{said} and margin to 31 Oct 2026"
    assert section(theirs, "definitions").message == said


def test_items_are_carried_over_but_for_those_left_out(theirs):
    carried = texts(table(theirs, "actions", "Carried over").rows)
    assert carried == [["Renew the certificates", "you", "1 Oct", "! overdue"]]
    done = texts(table(theirs, "actions", "Done since the review before").rows)
    assert done == [["Sent the account plan", "we"]]


def test_what_names_another_partner_or_our_business_is_kept_for_us(ours, theirs):
    asks = [row[0] for row in texts(table(theirs, "asks", "Asks of each other").rows)]
    assert asks == [
        "Two people for the pilot in Austria",
        "Sandbox quota for the billing integration",
    ]
    assert table(theirs, "asks", "Asks of each other").note == "One more to be told in person"
    assert "Meridian Digital moves office in May" in str(section(theirs, "risks"))
    said = repr(theirs)
    assert OTHER not in said
    assert not [word for word in content.INTERNAL_WORDS if word in visible(theirs).casefold()]
    kept = texts(table(ours, "notes", "Kept out of the partner's pack").rows)
    assert sorted(kept) == [
        [f"Ask {OTHER} for their price list", "names another partner"],
        ["Our margin on the renewals is thin", "speaks of margin"],
    ]
    noted = texts(table(ours, "notes", "Noted beside items").rows)
    assert noted == [["Left out by somebody", "They asked us to drop it", "Ana Brandt"]]


def visible(pack: Pack) -> str:
    """All that a reader of any of its files may see."""

    def told(value: object) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, tuple):
            return "\n".join(map(told, value))
        if hasattr(value, "__dataclass_fields__"):
            hidden = {"audience", "key", "tone", "unit", "kind", "chip"}
            return "\n".join(
                told(getattr(value, name))
                for name in value.__dataclass_fields__
                if name not in hidden
            )
        return ""

    return told(pack)


def test_a_customer_named_like_another_partner_or_our_business_goes_by_its_key(ours, theirs):
    assert "acc-2" in visible(theirs) and "acc-3" in visible(theirs)
    assert "Bleakley Foods" not in visible(theirs)
    assert "Bleakley Foods" in visible(ours)
    assert f"Kiosk of {OTHER}" in visible(ours)


def test_no_field_that_somebody_typed_names_another_partner(known):
    told = {
        "deals": ["opportunity_type", "stage", "account_id"],
        "hygiene": ["opportunity_id", "stage"],
        "terms": ["subject"],
        "projects": ["project_id"],
        "partner": ["partner_manager"],
        "promises": ["breached_ids"],
    }
    frames = {
        name: known.shared.frames[name].assign(**dict.fromkeys(columns, "prt-900"))
        for name, columns in told.items()
    }
    frames["deals"] = frames["deals"].assign(account_name=None)
    frames["promises"] = frames["promises"].assign(breached_ids="tic-7 prt-900")
    assert all(len(rows) for rows in frames.values())
    hostile = with_rows(known, **frames)
    assert "prt-900" not in visible(content.pack(hostile, OCCASION, "partner"))
    assert "prt-900" in visible(content.pack(hostile, OCCASION, "internal"))
    note = table(content.pack(hostile, OCCASION, "partner"), "support", "What we promised").note
    assert note.endswith("Late: tic-7 (1 more)")


def test_a_partner_s_pack_does_not_depend_on_what_is_for_us_or_about_others(known, theirs):
    nothing = Rows.of_frames({})
    assert content.pack(replace(known, internal=nothing), OCCASION, "partner") == theirs
    own = {
        name: rows[rows["partner_id"].eq(MERIDIAN)].reset_index(drop=True)
        for name, rows in known.shared.frames.items()
    }
    alone = replace(known, shared=Rows.of_frames(own))
    assert content.pack(alone, OCCASION, "partner") == theirs


def test_margin_parts_add_up_to_what_is_left(ours):
    rows = table(ours, "margin", "From net revenue to margin").rows
    *parts, whole = [row[1].value for row in rows]
    assert sum(parts) == whole == 6_000
    # The goods cost most, but no partnership moves that.
    assert section(ours, "margin").discuss.startswith(
        "Commissions are the most of what we put into this partnership, $1,000, beside net "
        "revenue of $10K: "
    )


def test_nothing_is_zero_or_blank_where_nothing_is_known(known):
    gap = content.pack(known, Occasion(GAP), "partner")
    ladders = [b for b in section(gap, "performance").blocks if isinstance(b, Ladders)]
    for criterion in ladders[0].criteria:
        for ladder in criterion.ladders:
            assert ladder.value.text == "—" and ladder.reason
    assert gap.review.when == "not yet scheduled"
    new = content.pack(known, Occasion(NEWCOMER), "internal")
    bridge = next(b for b in section(new, "performance").blocks if b.title == "What moved it")
    assert isinstance(bridge, Absent)


def test_a_partner_without_a_scorecard_gets_a_pack_that_says_so(known):
    pack = content.pack(known, Occasion(UNSCORED), "partner")
    assert pack.sections[0].message == "There is no scorecard of the latest week yet"
    assert len(pack.cover.lines) == 5
    assert [figure.value.text for figure in pack.cover.figures] == ["—", "none yet", "—", "—"]
    # Of the deal it takes part in it is told, of who else does not.
    assert "Duarte Pharma" in visible(pack)
    assert "Meridian" not in visible(pack)


@pytest.mark.parametrize("audience", ["internal", "partner"])
@pytest.mark.parametrize("partner", UNSCHEDULED)
def test_hardly_anything_known_still_makes_paper(known, partner, audience):
    told = pages(pdf.render(content.pack(known, Occasion(partner), audience)))
    assert len(told) >= 4


def test_an_unknown_partner_is_refused(known):
    with pytest.raises(content.UnknownPartner, match="prt-none"):
        content.pack(known, Occasion("prt-none"), "internal")


def test_an_older_version_says_what_it_was_published_before(tmp_path):
    path = published(tmp_path, without=("fct_tier_path", "fct_retention_cohort"))
    with duckdb.connect(path) as connection:
        connection.execute("drop table marts.fct_partner_term")
    old = content.pack(reading(tmp_path), OCCASION, "internal")
    for key in ("pipeline", "won", "retention", "support", "roadmap", "asks", "margin", "payouts"):
        absent = [b for b in section(old, key).blocks if isinstance(b, Absent)]
        assert any("published before" in block.reason for block in absent), key


@pytest.mark.parametrize(
    ("text", "is_fit"),
    [
        ("Meridian Digital opens in Lyon", True),
        ("Meridian opens in Lyon", False),
        ("meridian  opens", False),
        ("Ask NORTHWIND-LABS", False),
        ("Northwind Labsmith", False),
        ("North wind labs", True),
        ("Our Margin is thin", False),
        ("Marginalia", False),
        ("Ask ☃ for help", False),
        ("International launch", True),
        ("", True),
    ],
)
def test_discretion_knows_names_within_one_s_own(text, is_fit):
    names = {"own": "Meridian Digital", "a": "Meridian", "b": "Northwind Labs", "c": "☃", "d": ""}
    reason = Discretion({k: v for k, v in names.items() if v}).reason(text, "own")
    assert (reason is None) == is_fit


def test_wins_are_lines_of_their_own(theirs):
    wins = next(
        b for b in section(theirs, "won").blocks if b.title == "Named as wins in our reviews"
    )
    assert isinstance(wins, Lines)
    assert [line.fact for line in wins.lines] == ["First joint customer in Insurance"]


def pages(document: bytes) -> list[str]:
    opened = pypdfium2.PdfDocument(BytesIO(document))
    return [page.get_textpage().get_text_range() for page in opened]


def squeezed(text: str) -> str:
    """Without the spaces and breaks that lines and long words take."""
    return re.sub(r"[\s\u200b\ufffe\u00ad]+", "", text)


def test_the_same_pack_gives_the_same_bytes(theirs):
    first = pdf.render(theirs)
    pdf._compiler.cache_clear()
    assert pdf.render(theirs) == first
    assert b"pdfuaid" in first


def test_a_pack_is_some_ten_pages_with_date_version_and_number_on_each(ours):
    told = pages(pdf.render(ours))
    assert 6 <= len(told) <= 14
    for number, page in enumerate(told, start=1):
        assert ours.imprint.foot in page
        assert f"{number} of {len(told)}" in page


def test_paper_leaves_nothing_out(ours):
    told = squeezed("\n".join(pages(pdf.render(ours))))
    for section in ours.sections:
        said = [section.title, section.message, section.discuss]
        for block in section.blocks:
            said.append(block.title)
            if isinstance(block, Table):
                said += [cell.text for row in block.rows for cell in row]
            if isinstance(block, Lines):
                said += [part for line in block.lines for part in (line.fact, line.meaning)]
        missing = [each for each in said if squeezed(each) not in told]
        assert not missing, (section.key, missing)


def test_paper_for_the_partner_says_no_word_of_ours(theirs):
    told = squeezed("\n".join(pages(pdf.render(theirs)))).casefold()
    assert not [word for word in content.INTERNAL_WORDS if squeezed(word) in told]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_whatever_they_look_like(theirs, name):
    pack = named(theirs, name)
    told = pages(pdf.render(pack))
    # Scripts from right to left come out in either order: the letters must be there.
    letters = Counter(squeezed(name))
    assert not letters - Counter(squeezed(told[0]))
    assert not letters - Counter(squeezed(told[1]))
    if name.isascii():
        assert squeezed(name) in squeezed(told[0])
        assert squeezed(name) in squeezed(told[1])


def test_text_longer_than_a_page_goes_on_on_the_next(theirs):
    endless = "No end of words " * 800
    rows = ((Cell(endless), Cell("1")),)
    table = Table("Items", (Column("What", share=3), Column("Number", "count")), rows)
    section = replace(theirs.sections[0], blocks=(table,))
    told = "".join(pages(pdf.render(replace(theirs, sections=(section,)))))
    assert not Counter(squeezed(endless)) - Counter(squeezed(told))


@pytest.mark.parametrize("lines", [15, 16, 17])
def test_what_is_to_discuss_stays_with_its_section(theirs, lines):
    filler = Lines("Filler", tuple(Line(f"Line {number}") for number in range(lines)))
    points = tuple(Point(str(number), Decimal(number), "1") for number in range(5))
    half = Series("Half", "Half", "count", points, is_half=True)
    sections = (
        Section("one", "One", "Lines", (filler, filler), "What?"),
        Section("two", "Two", "Two halves", (half, half), "What next?"),
    )
    for page in pages(pdf.render(replace(theirs, sections=sections))):
        assert not page.splitlines()[1].startswith("To discuss")


def named(pack: Pack, name: str) -> Pack:
    """A pack of a partner of this name with a table that says it too."""
    rows = ((Cell(name), Cell("1")),)
    table = Table(name, (Column(name, share=1), Column("Number", "count")), rows, note=name)
    section = replace(pack.sections[0], blocks=(table,), title=name, message=name, discuss=name)
    return replace(pack, partner=replace(pack.partner, name=name), sections=(section,))
