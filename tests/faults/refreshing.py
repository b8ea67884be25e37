"""A refresh as its user starts it, and what is looked at when it is over."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from warm import Warm

from warehouse.exports import export_mart, marts
from warehouse.ledger import Decision, FindingState, record, record_finding_state
from warehouse.settings import Settings
from warehouse.snapshots import open_version

AS_OF = date(2026, 11, 15)
WEEK_BEFORE = AS_OF - timedelta(weeks=1)
PATIENCE = 600

Process = subprocess.Popen[str] | Warm
Start = Callable[[Path, date], Process]


@dataclass(frozen=True)
class Undisturbed:
    """A home in which the week before is served, a promotion has been approved and a leak been
    acknowledged since, and what a refresh of AS_OF makes of it."""

    home: Path
    before: dict[str, bytes]
    after: dict[str, bytes]
    seconds: dict[str, float]
    """How long each stage takes."""
    build: Path
    """What the refresh of AS_OF built."""
    decided: Decision
    judged: FindingState


def promote_somebody(home: Path) -> Decision:
    """Approve that a partner goes to the highest tier, from the day after WEEK_BEFORE on."""
    settings = Settings(home=home)
    with open_version(settings) as connection:
        [(partner_id, tier)] = connection.execute(
            "select partner_id, current_tier from marts.dim_partner "
            "where current_tier <> 'platinum' order by partner_id limit 1"
        ).fetchall()
    return record(
        settings,
        partner_id=partner_id,
        verdict="approved",
        action="promote",
        from_tier=tier,
        to_tier="platinum",
        effective_on=WEEK_BEFORE + timedelta(days=1),
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 10, 9, 30),
    )


def acknowledge_something(home: Path) -> FindingState:
    """Acknowledge a leak of the served version."""
    settings = Settings(home=home)
    with open_version(settings) as connection:
        [(finding_id,)] = connection.execute(
            "select finding_id from marts.fct_leakage_check where state = 'leak' "
            "order by finding_id limit 1"
        ).fetchall()
    return record_finding_state(
        settings,
        finding_id=finding_id,
        state="acknowledged",
        decided_by="Ana Brandt",
        decided_at=datetime(2026, 11, 10, 9, 45),
        note="Asked billing.",
    )


def exports(home: Path) -> dict[str, bytes]:
    """Every mart of the served version as sorted CSV; reading them all proves it whole."""
    with open_version(Settings(home=home)) as connection:
        exported = {}
        for mart in marts(connection):
            out = home.parent / "export.csv"
            export_mart(connection, mart, "csv", out)
            exported[mart] = out.read_bytes()
    return exported


def wait_for(process: Process, stage: str) -> None:
    """Return when the stage begins."""
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    assert any(line == f"{stage}: begins\n" for line in lines), f"{stage} never began"


def finish(process: Process) -> None:
    assert process.stdout is not None
    said = process.stdout.read()
    assert process.wait(PATIENCE) == 0, said
