"""Composes a company, writes its extracts, and puts the folder in place once it is whole."""

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from seeds.simulate import usage
from seeds.simulate.company import Company, Scale, Verse
from seeds.simulate.dirt import Ragged, roughen
from seeds.simulate.draws import Ints
from seeds.simulate.extracts import DEFAULT_LAYOUT, LAYOUTS, Layout, first_record, write_table
from seeds.simulate.truth import Refusal, write_truth
from seeds.simulate.verses import VERSES
from warehouse.contracts import load_contracts

DEFAULT_EVENTS = 300_000
LEAST_PARTNERS = 12


def simulate(
    out: Path,
    *,
    partners: int = 120,
    weeks: int = 156,
    events: int = DEFAULT_EVENTS,
    seed: int = 7,
    until: date,
    progress: Callable[[str], None] | None = None,
    verses: Mapping[str, Verse] = VERSES,
) -> None:
    """Writes the extracts of a company as they stood on `until`, and `truth.json`, into `out`.

    The same arguments write the same bytes. `events` counts API calls. The whole cast of planted
    cases plays from 20 partners on; movement, remediation and health are told of histories of 70
    weeks and more. The folder appears whole or not at all; one that an earlier simulation wrote is
    replaced. Raises ValueError for a size that is no company, FileExistsError where `out` holds
    anything but a simulation.
    """
    if partners < LEAST_PARTNERS or weeks < 1 or events < 0:
        raise ValueError(f"a company has at least {LEAST_PARTNERS} partners and 1 week")
    if out.exists() and any(out.iterdir()) and not (out / "truth.json").exists():
        raise FileExistsError(f"{out} holds files that no simulation wrote; choose another folder")
    company = Company(Scale(partners, weeks, events, seed, until), verses, progress)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _write_all(company, partial)
    _replace(partial, out)


def _replace(partial: Path, out: Path) -> None:
    former = out.with_name(f".{out.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if out.exists():
        os.replace(out, former)  # noqa: PTH105
    os.replace(partial, out)  # noqa: PTH105
    shutil.rmtree(former, ignore_errors=True)


def _write_all(company: Company, folder: Path) -> None:
    contracts = load_contracts()
    refused: list[Refusal] = []
    entities: dict[str, dict[str, int]] = {}
    truths: dict[str, pd.DataFrame] = {}
    for verse in company.registry:
        for name, frame in company.verse(verse).items():
            if name.startswith("truth."):
                truths[name.removeprefix("truth.")] = frame
            elif name in contracts:
                layout = LAYOUTS.get(name, DEFAULT_LAYOUT)
                ragged = roughen(company, frame, contracts[name], layout, _files(frame, layout))
                names = _write_files(folder, name, frame, layout, ragged)
                refused += _refusals(name, names, ragged, layout)
                entities[name] = {
                    "rows": ragged.text.num_rows,
                    "refused": len(ragged.flaws),
                    "superseded": ragged.superseded,
                    "files": len(set(ragged.file.tolist())),
                }
    if "installs" in company.registry:
        calls, flaws = usage.write(company, folder / "telemetry" / "api_usage")
        refused += [
            Refusal(usage.ENTITY, f"telemetry/api_usage/{file}", row + 1, reason, column)
            for file, rows in flaws.items()
            for row, (reason, column) in rows.items()
        ]
        entities[usage.ENTITY] = {
            "rows": calls,
            "refused": sum(len(rows) for rows in flaws.values()),
        }
    write_truth(folder, company.scale, entities, refused, truths)


def _files(frame: pd.DataFrame, layout: Layout) -> Ints:
    """The file each row belongs to, counted from the first year; undated rows go to the last."""
    if layout.yearly is None:
        return np.zeros(len(frame), dtype=np.int64)
    year = frame[layout.yearly].dt.year
    files: Ints = (year.fillna(year.max()) - year.min()).to_numpy(dtype=np.int64)
    return files


def _write_files(
    folder: Path, name: str, frame: pd.DataFrame, layout: Layout, ragged: Ragged
) -> list[str]:
    """Writes the entity's files; returns their paths, from the folder, by number."""
    contract = load_contracts()[name]
    path = name.replace(".", "/")
    names = [f"{path}.{layout.ending}"]
    if layout.yearly is not None and not frame.empty:
        first = int(frame[layout.yearly].dt.year.min())
        last = first + int(ragged.file.max())
        names = [f"{path}/{year}.{layout.ending}" for year in range(first, last + 1)]
    for number, file in enumerate(names):
        begin, end = np.searchsorted(ragged.file, [number, number + 1])
        write_table(folder / file, ragged.text.slice(begin, end - begin), contract, layout)
    return names


def _refusals(name: str, names: list[str], ragged: Ragged, layout: Layout) -> list[Refusal]:
    """Where each spoiled row ended up."""
    first = first_record(layout)
    found = []
    for position, flaw in ragged.flaws.items():
        begin = int(np.searchsorted(ragged.file, ragged.file[position]))
        found.append(
            Refusal(
                name,
                names[int(ragged.file[position])],
                position - begin + first,
                flaw.reason,
                flaw.column,
            )
        )
    return found
