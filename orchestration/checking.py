"""What landing would make of the extracts, without keeping any of it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.landing import Landed, land_entity
from orchestration.progress import Reporter
from warehouse.contracts import load_contracts
from warehouse.settings import Settings


def dry_landing(settings: Settings, report: Reporter) -> list[Landed]:
    """Every entity as it would land; its rows are thrown away."""
    contracts = load_contracts().values()
    report.begin("Check extracts", len(contracts))
    entities = []
    with TemporaryDirectory(prefix="scorecards-check-") as store:
        for contract in contracts:
            entities.append(land_entity(contract, settings.extracts, Path(store)))
            report.advance()
    accepted = sum(load.rows_accepted for entity in entities for load in entity.loads)
    report.end(f"{accepted:,} rows would be accepted")
    return entities


def refused_files(entities: list[Landed]) -> list[str]:
    """A line for every file that would be refused as a whole."""
    return [
        f"{load.path}: {load.reason}"
        for entity in entities
        for load in entity.loads
        if load.state == "refused"
    ]


def refused_rows(entities: list[Landed]) -> Iterator[str]:
    """A line for every file of which rows would be refused."""
    for entity in entities:
        for load in entity.loads:
            if load.rows_refused:
                yield f"{load.path}: {load.rows_refused:,} of {load.rows_in:,} rows refused"
