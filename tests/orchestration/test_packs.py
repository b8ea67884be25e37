import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import dagster as dg
import pypdfium2
import pytest
from lxml import etree
from rich.console import Console
from typer.testing import CliRunner

from dashboards.packs.content import INTERNAL_WORDS
from dashboards.packs.making import MANIFEST, Written, make_pack, write_packs
from dashboards.queries import occasions
from dashboards.queries.occasions import NoOccasionError
from dashboards.queries.packs import Occasion, Reading, read
from dashboards.queries.published import Edition, current_edition, frame
from orchestration import command
from orchestration.defs import packs
from orchestration.defs.keys import PACKS
from orchestration.inputs import UnusableInputError
from orchestration.packing import Wanted, pack_up
from orchestration.progress import reporter
from warehouse.files import replacing
from warehouse.ledger import record_review_event
from warehouse.settings import Settings

LONG_BEFORE = datetime(2000, 1, 1)
NOTHING_AHEAD = datetime(2100, 1, 1)
HOUR = timedelta(hours=1)
COMMAND = "from orchestration.command import main; main()"


@pytest.fixture(scope="module")
def edition(refreshed: Any) -> Edition:
    found = current_edition(Settings(home=refreshed.home))
    assert found is not None, refreshed.completed.stderr
    return found


@pytest.fixture(scope="module")
def first_due(edition: Edition) -> datetime:
    """When the pre-read of the review ahead that is due first has to be sent."""
    [[found]] = frame(
        edition,
        """
        select min(pre_read_due_at) as due_at
        from marts.fct_business_review
        where state = 'upcoming' and pre_read_sent_at is null and partner_id is not null
        """,
    ).to_numpy()
    return datetime.fromisoformat(str(found)[:26])


@pytest.fixture(scope="module")
def reviews(edition: Edition) -> list[Occasion]:
    ahead = occasions.ahead(edition, LONG_BEFORE)
    assert len(ahead) > 1
    return ahead


@pytest.fixture(scope="module")
def reading(edition: Edition, reviews: list[Occasion]) -> Reading:
    return read(edition, reviews)


@pytest.fixture
def blank(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs read once and without anything in them, where it is not about what they hold."""
    monkeypatch.setattr("dashboards.queries.packs.read", lambda *_: reading)
    for form in ("pdf", "pptx", "xlsx"):
        monkeypatch.setattr(f"dashboards.packs.{form}.render", lambda _pack: b"blank")


def within(data: bytes) -> Iterator[str]:
    """All that an Office file says, workbooks in it, names of shapes and properties included."""
    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith(".xlsx"):
                yield from within(content)
            elif name.endswith((".xml", ".rels")):
                for element in etree.fromstring(content).iter():
                    yield element.text or ""
                    yield from (element.get(key, "") for key in ("name", "descr", "title"))


def on_paper(data: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    yield from (page.get_textpage().get_text_range() for page in document)
    yield from document.get_metadata_dict().values()


def said(path: Path) -> str:
    parts = (on_paper if path.suffix == ".pdf" else within)(path.read_bytes())
    return " ".join(" ".join(parts).replace("\ufffe", "").split()).casefold()


def test_no_partner_s_pack_names_another_or_says_a_word_of_ours(
    edition: Edition, tmp_path: Path
) -> None:
    rows = frame(edition, "select partner_id, partner_name from marts.dim_partner order by all")
    names = dict(zip(rows["partner_id"], rows["partner_name"], strict=True))
    wanted = [occasions.of_partner(edition, partner_id, LONG_BEFORE) for partner_id in names]
    written = write_packs(edition, wanted, tmp_path, ("partner",))
    listed = json.loads((written.folder / MANIFEST).read_text("utf-8"))["packs"]
    assert {entry["partner_id"] for entry in listed} == set(names)
    for entry in listed:
        own = names[entry["partner_id"]].casefold()
        others = {name.casefold() for name in names.values()} - {own}
        foreign = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in others))
        assert len(entry["files"]) == 3
        for file in entry["files"]:
            text = said(written.folder / file["file"])
            assert own in text
            # A name may be part of this partner's own.
            assert foreign.findall(text.replace(own, "")) == [], file["file"]
            assert [word for word in INTERNAL_WORDS if word in text] == [], file["file"]


def test_the_same_inputs_are_the_same_bytes_in_another_process_and_time_zone(
    edition: Edition, reviews: list[Occasion], tmp_path: Path
) -> None:
    """The manifest vouches for every file, and is the same too."""
    key = reviews[0].review_id
    assert key is not None
    completed = subprocess.run(
        [sys.executable, "-c", COMMAND, "packs", "--review", key, "--out", str(tmp_path)],
        env=os.environ
        | {
            "SCORECARDS_HOME": str(edition.home),
            "TZ": "Asia/Tokyo",
            "PYTHONHASHSEED": "7",
            "LC_ALL": "C",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    folder = tmp_path / edition.version
    assert completed.stdout == f"{folder}: 2 packs, 6 files, and a manifest\n", completed.stderr
    here = write_packs(edition, reviews[:1], tmp_path / "here").folder
    assert (here / MANIFEST).read_text("utf-8") == (folder / MANIFEST).read_text("utf-8")
    told = json.loads((folder / MANIFEST).read_text("utf-8"))
    assert told["version"] == edition.version
    assert told["data_date"] == "2026-11-15"
    files = [file for entry in told["packs"] for file in entry["files"]]
    assert {Path(file["file"]).suffix for file in files} == {".pdf", ".pptx", ".xlsx"}
    for file in files:
        data = (folder / file["file"]).read_bytes()
        assert (here / file["file"]).read_bytes() == data
        assert (file["sha256"], file["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))


def test_a_page_makes_the_files_of_one_review_and_refuses_one_it_does_not_know(
    edition: Edition, reviews: list[Occasion], blank: None
) -> None:
    key = str(reviews[-1].review_id)
    made = make_pack(edition, key, "partner")
    assert [Path(name).suffix for name in made] == [".pdf", ".pptx", ".xlsx"]
    assert all(key in name and name.endswith(f"-partner{Path(name).suffix}") for name in made)
    with pytest.raises(NoOccasionError, match="rvw-none: no such review"):
        make_pack(edition, "rvw-none", "partner")


def test_a_manifest_goes_on_listing_what_was_made_before(
    edition: Edition, reviews: list[Occasion], tmp_path: Path, blank: None
) -> None:
    def listed() -> list[tuple[str, str]]:
        told = json.loads((tmp_path / edition.version / MANIFEST).read_text("utf-8"))
        return [(entry["review_id"], entry["audience"]) for entry in told["packs"]]

    first, second = (str(each.review_id) for each in reviews[:2])
    write_packs(edition, reviews[1:2], tmp_path, ("partner",))
    assert listed() == [(second, "partner")]
    write_packs(edition, reviews[:1], tmp_path, ("partner",))
    write_packs(edition, reviews[1:2], tmp_path, ("partner",))
    assert listed() == [(first, "partner"), (second, "partner")]


def test_several_may_make_packs_at_once_and_what_a_killed_one_left_is_swept(
    edition: Edition, reviews: list[Occasion], tmp_path: Path, blank: None
) -> None:
    folder = tmp_path / edition.version
    (folder / "partner").mkdir(parents=True)
    leftovers = [folder / f"{MANIFEST}.1f.tmp", folder / "partner" / "a.pdf.2e.tmp"]
    for leftover in leftovers:
        leftover.touch()

    def another_makes_them(_done: int, _all: int) -> None:
        assert not any(leftover.exists() for leftover in leftovers)
        under_way = folder / "partner" / "b.pdf.3d.tmp"
        under_way.touch()
        write_packs(edition, reviews[:1], tmp_path, ("partner",))
        assert under_way.exists()

    write_packs(edition, reviews[:1], tmp_path, ("partner",), another_makes_them)
    write_packs(edition, reviews[:1], tmp_path, ("partner",))
    assert list(folder.rglob("*.tmp")) == []


def test_a_file_s_writers_do_not_meet_and_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / "a.pdf"
    with replacing(place) as first, replacing(place) as second:
        first.write_text("whole", encoding="utf-8")
        second.write_text("other", encoding="utf-8")
    assert place.read_text("utf-8") == "whole"
    with pytest.raises(RuntimeError), replacing(place) as third:
        third.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert [each.name for each in tmp_path.iterdir()] == ["a.pdf"]
    assert place.read_text("utf-8") == "whole"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"packs": [{"review_id": "rvw-1"}]}'])
def test_a_manifest_that_is_none_is_said_in_one_line(
    edition: Edition, tmp_path: Path, text: str
) -> None:
    manifest = tmp_path / edition.version / MANIFEST
    manifest.parent.mkdir()
    manifest.write_text(text, encoding="utf-8")
    options = ["packs", "--out", str(tmp_path), "--home", str(edition.home)]
    refused = CliRunner().invoke(command.app, options)
    assert isinstance(refused.exception, UnusableInputError)
    line = f"{manifest}: no manifest of packs; remove it, and make the packs again"
    assert str(refused.exception) == line
    assert manifest.read_text("utf-8") == text


def test_a_pack_is_made_in_the_hour_before_its_pre_read_is_due_and_once_a_version(
    refreshed: Any, edition: Edition, first_due: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=refreshed.home)
    just_before = packs.waiting(settings, first_due - timedelta(microseconds=1))
    assert just_before == (edition, [])
    _, [waiting, *_] = packs.waiting(settings, first_due)
    made = {(waiting.partner_id, waiting.review_id, "internal")}
    monkeypatch.setattr("dashboards.packs.making.made_before", lambda *_: made)
    assert waiting in packs.waiting(settings, first_due)[1]
    made.add((waiting.partner_id, waiting.review_id, "partner"))
    assert waiting not in packs.waiting(settings, first_due)[1]
    monkeypatch.undo()
    assert packs.waiting(settings, NOTHING_AHEAD)[1] == []


def test_a_review_whose_pre_read_was_sent_is_not_due(edition: Edition) -> None:
    sent = frame(
        edition,
        "select review_id from marts.fct_business_review where pre_read_sent_at is not null",
    )["review_id"]
    due = occasions.due(edition, LONG_BEFORE, (), by=NOTHING_AHEAD)
    assert len(due) > 0
    assert not {each.review_id for each in due} & set(sent)


def test_a_pre_read_noted_as_sent_since_the_version_was_published_is_not_due(
    edition: Edition, first_due: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=edition.home, decisions_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    made: list[Occasion] = []

    def noted(_edition: Edition, wanted: list[Occasion], root: Path, *_: object) -> Written:
        made[:] = wanted
        return Written(root, 0, 0)

    def make() -> None:
        wanted, now = Wanted(is_due=True), first_due.replace(tzinfo=UTC)
        with reporter(Console(quiet=True)) as report:
            pack_up(settings, wanted, now, report, audiences=("partner",), root=tmp_path)

    monkeypatch.setattr("orchestration.packing.write_packs", noted)
    [sent, *_] = occasions.due(edition, LONG_BEFORE, (), by=first_due)
    make()
    assert sent in made
    assert sent in packs.waiting(settings, first_due)[1]
    record_review_event(
        settings,
        review_id=str(sent.review_id),
        event="pre_read_sent",
        decided_by="Ana Brandt",
        decided_at=first_due - HOUR,
    )
    make()
    assert sent not in made
    assert sent not in packs.waiting(settings, first_due)[1]


def test_due_are_those_the_version_calls_so_and_those_that_have_come_due_since(
    edition: Edition, first_due: datetime
) -> None:
    called = frame(
        edition,
        """
        select review_id
        from marts.fct_business_review
        where pre_read_state in ('due', 'overdue') and partner_id is not null
        order by scheduled_at, review_id
        """,
    )["review_id"].tolist()
    assert [each.review_id for each in occasions.due(edition, LONG_BEFORE, ())] == called
    since = first_due + timedelta(days=60)
    late = {each.review_id for each in occasions.due(edition, since, (), by=since)}
    assert {each.review_id for each in occasions.due(edition, since, ())} >= late
    assert occasions.due(edition, NOTHING_AHEAD, ()) == []


def test_the_schedule_asks_for_a_run_that_makes_what_is_due(
    refreshed: Any,
    first_due: datetime,
    tmp_path: Path,
    blank: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Settings, "packs", tmp_path)
    settings = Settings(home=refreshed.home)
    defined = packs.definitions(settings)
    schedule = defined.resolve_schedule_def("pre_reads")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 * * * *", "UTC")

    def tick(at: datetime) -> Any:
        moment = datetime.fromisoformat(f"{at.isoformat()}+00:00")
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)
            return schedule.evaluate_tick(context)

    quiet = tick(first_due - 2 * HOUR)
    assert quiet.skip_message == "No pre-read is due that has no pack."
    [request] = tick(first_due - HOUR).run_requests or []
    done = defined.resolve_job_def(packs.MAKE_PACKS).execute_in_process(tags=request.tags)
    [made] = done.asset_materializations_for_node(PACKS.to_python_identifier())
    assert made.metadata["packs"].value >= 2
    assert not tick(first_due - HOUR).run_requests


def test_nothing_is_asked_for_while_nothing_is_published(tmp_path: Path) -> None:
    assert packs.waiting(Settings(home=tmp_path), NOTHING_AHEAD) == (None, [])


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--review", "rvw-none"), "rvw-none: no such review of a partner we know"),
        (("--partner", "prt-none"), "prt-none: no such partner"),
        (("--due", "--partner", "prt-1"), "choose one of --due, --review and --partner"),
        (("--home", "elsewhere"), "elsewhere: nothing is published yet; run `scorecards refresh`"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(
    edition: Edition, options: tuple[str, ...], line: str
) -> None:
    home = () if "--home" in options else ("--home", str(edition.home))
    refused = CliRunner().invoke(command.app, ["packs", *options, *home])
    assert str(refused.exception) == line
