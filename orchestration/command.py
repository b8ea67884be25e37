"""The `scorecards` command. It exits with 0: done; 1: audited and refused; 2: unusable."""

import errno
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal, NoReturn

import duckdb
import typer
from rich.console import Console

from orchestration.build import default_as_of
from orchestration.environment import enter
from orchestration.inputs import (
    UnusableInputError,
    extract_problems,
    has_extracts,
    policy_problems,
)
from orchestration.progress import reporter
from warehouse.exports import Format, NotExportableError, export_mart
from warehouse.lock import RefreshUnderWayError
from warehouse.settings import Settings
from warehouse.snapshots import NotPublishedError, current, open_version

REFUSED = 1
UNUSABLE = 2
INTERRUPTED = 130

app = typer.Typer(
    help="Partner Scorecards: extracts in, defensible scorecards out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ledger = typer.Typer(help="Back up people's decisions, and put them back.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")

Home = Annotated[
    Path | None, typer.Option(help="Where everything is kept. [default: $SCORECARDS_HOME or var]")
]
Extracts = Annotated[
    Path | None,
    typer.Option(help="Folder of extracts. [default: $SCORECARDS_EXTRACTS or extracts]"),
]
Policy = Annotated[
    Path | None, typer.Option(help="Folder of policy CSVs. [default: the product's own]")
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")]


@app.command()
def demo(home: Home = None, extracts: Extracts = None, port: Port = 8501) -> None:
    """Simulate a company up to today if there are no extracts, refresh, serve."""
    settings = _settings(home=home, extracts=extracts)
    _require_free(port)
    if not has_extracts(settings.extracts):
        _simulate(settings.extracts, _now().date())
    _refresh(settings, default_as_of(_now()), is_full=False)
    _serve(settings, port)


@app.command()
def simulate(  # noqa: PLR0917
    out: Annotated[Path, typer.Option(help="Folder to write the extracts to.")],
    partners: Annotated[int | None, typer.Option(help="[default: 120]")] = None,
    weeks: Annotated[int | None, typer.Option(help="[default: 156]")] = None,
    events: Annotated[int | None, typer.Option(help="API calls in all. [default: 300,000]")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same company.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day. [default: yesterday]")
    ] = None,
) -> None:
    """Write a believable company's extracts, with its truths beside them in truth.json."""
    last_day = until.date() if until else default_as_of(_now())
    sizes = {"partners": partners, "weeks": weeks, "events": events, "seed": seed}
    _simulate(out, last_day, **{name: size for name, size in sizes.items() if size is not None})


@app.command()
def check(extracts: Extracts = None, policy: Policy = None) -> None:
    """Validate the extracts and the policy; build nothing."""
    from orchestration.checking import (  # noqa: PLC0415
        dry_landing,
        refused_files,
        refused_rows,
    )

    settings = _settings(extracts=extracts, policy=policy)
    problems = policy_problems(settings.policy)
    missing = extract_problems(settings.extracts)
    problems += missing
    if not missing:
        with reporter(_console()) as report:
            entities = dry_landing(settings, report)
        problems += refused_files(entities)
        for line in refused_rows(entities):
            _say(line)
    if problems:
        raise UnusableInputError(problems)
    _say("Extracts and policy are usable.")


@app.command()
def refresh(
    home: Home = None,
    extracts: Extracts = None,
    policy: Policy = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day to count, UTC. [default: yesterday]"),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Land every file again.")] = False,
) -> None:
    """Land, audit, build, audit, publish."""
    settings = _settings(home=home, extracts=extracts, policy=policy)
    _refresh(settings, as_of.date() if as_of else default_as_of(_now()), is_full=full)


@app.command()
def serve(
    home: Home = None,
    port: Port = 8501,
    host: Annotated[
        str, typer.Option(help="Address to serve at; other machines only with sign-in.")
    ] = "127.0.0.1",
) -> None:
    """Serve the pages: to this machine, and with sign-in to others."""
    settings = _settings(home=home)
    _require_free(port, host)
    _serve(settings, port, host)


@app.command()
def status(
    home: Home = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Every version kept.")] = False,
) -> None:
    """Say what is published, how fresh it is, what was refused."""
    from orchestration import status as told  # noqa: PLC0415

    settings = _settings(home=home)
    if history:
        kept = told.history(settings)
        lines = [json.dumps(kept, indent=2)] if as_json else told.history_in_words(kept)
    else:
        served = told.status(settings, _now().date())
        lines = [json.dumps(served, indent=2)] if as_json else told.in_words(served)
    for line in lines:
        _say(line)


@app.command()
def packs(  # noqa: PLR0917
    due: Annotated[
        bool, typer.Option("--due", help="Reviews whose pre-read is due and not sent.")
    ] = False,
    review: Annotated[
        list[str] | None, typer.Option(help="This review; may be given several times.")
    ] = None,
    partner: Annotated[
        list[str] | None,
        typer.Option(help="This partner's next review; may be given several times."),
    ] = None,
    audience: Annotated[
        Literal["internal", "partner"] | None,
        typer.Option(help="For us, or to send to the partner. [default: both]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for a folder of this version. [default: <home>/packs]"),
    ] = None,
    home: Home = None,
) -> None:
    """Make the packs of business reviews, by default of every review ahead: PDF, PPTX, XLSX."""
    from dashboards.packs.making import UnreadableManifestError  # noqa: PLC0415 - brings Streamlit
    from dashboards.packs.model import AUDIENCES  # noqa: PLC0415
    from dashboards.queries.occasions import NoOccasionError  # noqa: PLC0415
    from orchestration.packing import Wanted, pack_up  # noqa: PLC0415
    from warehouse.ledger import LedgerUnavailableError  # noqa: PLC0415

    settings = _settings(home=home)
    wanted = Wanted(is_due=due, reviews=tuple(review or ()), partners=tuple(partner or ()))
    if wanted.is_contradictory:
        raise UnusableInputError(["choose one of --due, --review and --partner"])
    audiences = AUDIENCES if audience is None else (audience,)
    try:
        with reporter(_console()) as report:
            root = out or settings.packs
            written = pack_up(settings, wanted, _now(), report, audiences=audiences, root=root)
    except (NoOccasionError, LedgerUnavailableError, UnreadableManifestError) as error:
        raise UnusableInputError([str(error)]) from error
    except KeyboardInterrupt:
        _fail(["Interrupted; what was made stands, and its manifest lists it"], INTERRUPTED)
    if written is None:
        _say("No pre-read is due." if due else "No review is ahead.")
        return
    _say(f"{written.folder}: {written.packs:,} packs, {written.files:,} files, and a manifest")


@app.command()
def digest(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")
    ] = False,
    audience: Annotated[
        list[str] | None, typer.Option(help="Of --dry-run: this one; several times for more.")
    ] = None,
    home: Home = None,
) -> None:
    """Send the digest of the served version to whom it was not sent yet, and say if it is late."""
    from orchestration.digest import run  # noqa: PLC0415 - it brings Streamlit
    from warehouse.ledger import LedgerUnavailableError  # noqa: PLC0415

    if audience and not dry_run:
        raise UnusableInputError(["--audience is of --dry-run alone: everybody is sent theirs"])
    settings = _settings(home=home)
    if settings.audiences is None:
        raise UnusableInputError(["SCORECARDS_AUDIENCES is not set: nobody is told anything"])
    if dry_run:
        for parcel in run.parcels(settings, audiences=audience or ()):
            to = parcel.recipient
            _say(f"--- {to.audience} by {to.channel} to {to.shown}: {parcel.letter.subject}")
            _say(parcel.letter.chat if to.channel == "chat" else parcel.letter.text)
        _tell_whom_none_reaches(settings)
        return
    try:
        told = [*run.send_alerts(settings, _now), *run.send_digest(settings, _now)]
    except LedgerUnavailableError as error:
        raise UnusableInputError([str(error)]) from error
    failed = [each.line for each in told if each.outcome == "failed"]
    for each in told:
        if each.outcome != "failed":
            _say(each.line)
    _tell_whom_none_reaches(settings)
    if failed:
        _fail(failed, REFUSED)


@app.command()
def export(
    mart: Annotated[str, typer.Argument(help="Name of a mart, such as mart_scorecard_weekly.")],
    file_format: Annotated[Format, typer.Option("--format")] = "csv",
    out: Annotated[Path | None, typer.Option(help="File. [default: <mart>.<format>]")] = None,
    version: Annotated[
        str | None, typer.Option(help="A version kept. [default: the served one]")
    ] = None,
    home: Home = None,
) -> None:
    """Write a mart to a file, rows sorted, text harmless to spreadsheets."""
    place = out or Path(f"{mart}.{file_format}")
    with open_version(_settings(home=home), version) as connection:
        rows = export_mart(connection, mart, file_format, place)
    _say(f"{place}: {rows:,} rows")


@ledger.command("backup")
def back_up_ledger(
    file: Annotated[Path, typer.Argument(help="File of JSON lines to write.")], home: Home = None
) -> None:
    """Write every decision and everything that was published first to a file."""
    from warehouse.ledger import LedgerUnavailableError, backup  # noqa: PLC0415

    try:
        kept = backup(_settings(home=home), file)
    except LedgerUnavailableError as error:
        raise UnusableInputError([str(error)]) from error
    _say(f"{file}: {_entries(kept)}")


@ledger.command("restore")
def restore_ledger(
    file: Annotated[Path, typer.Argument(help="File that `ledger backup` wrote.")],
    home: Home = None,
) -> None:
    """Put a backup into a ledger without entries: all of it, or nothing."""
    from warehouse.ledger import (  # noqa: PLC0415
        LedgerUnavailableError,
        NotRestorableError,
        restore,
    )

    try:
        restored = restore(_settings(home=home), file)
    except (LedgerUnavailableError, NotRestorableError) as error:
        raise UnusableInputError([str(error)]) from error
    _say(f"Restored {_entries(restored)}")


def main() -> NoReturn:
    """Run the command; every error that is the user's to mend is a line, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    # The queries of pages cache what they read, and warn where no page is served. A filter of our
    # own would keep this module, and with it DuckDB's types, alive beyond the interpreter's end.
    logger = logging.getLogger("streamlit.runtime.caching.cache_data_api")
    logger.addFilter(logging.Filter("nothing else"))
    try:
        app(standalone_mode=True)
    except UnusableInputError as error:
        _fail(error.problems, UNUSABLE)
    except (RefreshUnderWayError, NotPublishedError, NotExportableError) as error:
        _fail([str(error)], UNUSABLE)
    except OSError as error:
        _fail([f"{error.filename or 'scorecards'}: {error.strerror or error}"], UNUSABLE)
    except duckdb.Error as error:
        _fail([" ".join(str(error).split())], UNUSABLE)
    sys.exit(0)


def _entries(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {table.replace('_', ' ')}" for table, count in counts.items())


def _settings(**given: Path | None) -> Settings:
    """The settings of the environment, with the options that were given in their place."""
    return Settings().model_copy(
        update={name: path for name, path in given.items() if path is not None}
    )


def _simulate(out: Path, until: date, **sizes: Any) -> None:
    from seeds.simulate import simulate as run  # noqa: PLC0415

    with reporter(_console()) as report:
        report.begin(f"Simulate a company into {out}", None)
        try:
            run(out, until=until, progress=lambda _: report.advance(), **sizes)
        except (ValueError, FileExistsError) as error:
            _fail([str(error)], UNUSABLE)
        report.end(f"up to {until}")


def _refresh(settings: Settings, as_of: date, *, is_full: bool) -> None:
    from orchestration.refresh import refresh as run  # noqa: PLC0415

    console = _console()
    try:
        with reporter(console) as report:
            outcome = run(settings, as_of, report, is_full=is_full)
    except KeyboardInterrupt:
        _stop(settings)
    if outcome.is_interrupted:
        _stop(settings)
    if outcome.version is None:
        _tell_of_refusal(settings, outcome.reasons)
        reason, *more = outcome.reasons
        others = f" (and {len(more)} more)" if more else ""
        _fail([f"Refused: {reason}{others}; {_what_stands(settings)}"], REFUSED)
    if outcome.is_served:
        _say(f"Published {outcome.version}" + ("" if outcome.is_new else ": the same as before"))
    else:
        _say(f"Kept {outcome.version}; {_what_stands(settings)}, whose as-of is later")


def _tell_whom_none_reaches(settings: Settings) -> None:
    from orchestration.digest.run import unreached  # noqa: PLC0415 - it brings Streamlit

    for line in unreached(settings):
        typer.echo(line, err=True)


def _tell_of_refusal(settings: Settings, reasons: Sequence[str]) -> None:
    """Alert who runs the warehouse; what fails of that does not hide the refusal."""
    if settings.audiences is None:
        return
    from orchestration.digest.run import send_refusal  # noqa: PLC0415 - it brings Streamlit
    from warehouse.ledger import LedgerUnavailableError  # noqa: PLC0415

    try:
        lines = [each.line for each in send_refusal(settings, _now, reasons)]
    except (UnusableInputError, LedgerUnavailableError) as error:
        lines = [f"Nobody could be told: {error}"]
    for line in lines:
        typer.echo(line, err=True)


def _stop(settings: Settings) -> NoReturn:
    _fail([f"Interrupted; {_what_stands(settings)}"], INTERRUPTED)


def _what_stands(settings: Settings) -> str:
    served = current(settings)
    return f"{served.name} is still served" if served else "nothing is published yet"


def _serve(settings: Settings, port: int, host: str = "127.0.0.1") -> NoReturn:
    from dashboards.serve import streamlit_arguments, streamlit_environment  # noqa: PLC0415
    from dashboards.signin_setup import problems  # noqa: PLC0415

    if found := problems(settings, host):
        raise UnusableInputError(found)
    arguments = streamlit_arguments(port, host, settings.secrets)
    address = f"[{host}]" if ":" in host else host
    _say(f"Serving on http://{address}:{port} (stop with Ctrl-C)")
    environment = streamlit_environment(enter(settings), os.environ)
    # The pages take this process over: a signal to us is a signal to them.
    os.execve(arguments[0], arguments, environment)  # noqa: S606


def _require_free(port: int, host: str = "127.0.0.1") -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            _fail([f"--host {host}: no such address"], UNUSABLE)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                _fail([f"--host {host}: no address of this machine"], UNUSABLE)
            _fail([f"port {port} is taken; choose another with --port"], UNUSABLE)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _now() -> datetime:
    return datetime.now(UTC)


def _console() -> Console:
    return Console(stderr=True)


def _say(line: str) -> None:
    typer.echo(line)


def _fail(lines: list[str], status: int) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise SystemExit(status)
