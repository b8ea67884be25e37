import hashlib
from collections.abc import Mapping, Set
from pathlib import Path

import pandas as pd

from warehouse.policy.errors import PolicyError, PolicyInvalid
from warehouse.policy.programme_rules import PROGRAMME_RULES
from warehouse.policy.reading import read_table, read_text
from warehouse.policy.schema import load_schema
from warehouse.policy.table_rules import (
    dates_do_not_overlap,
    dates_in_order,
    every_value_has_a_row,
    references_known,
    requirements_known,
    settings_known,
)


def validate_policy(folder: Path) -> list[PolicyError]:
    """Everything that is wrong with the policy in `folder`, by file and row; empty when sound."""
    return _judged(*_read(folder))


def judge_texts(texts: Mapping[str, str]) -> list[PolicyError]:
    """The same of a policy that is not on disk: the text of each file by its name."""
    tables = {table.file: table for table in load_schema().values()}
    errors = _strangers(tables.keys(), texts.keys())
    frames: dict[str, pd.DataFrame] = {}
    for file in sorted(tables.keys() & texts.keys()):
        frames[tables[file].name], wrong = read_text(texts[file], tables[file])
        errors += wrong
    return _judged(frames, errors)


def _judged(frames: dict[str, pd.DataFrame], errors: list[PolicyError]) -> list[PolicyError]:
    """With `errors` of reading the tables, all that is wrong with them.

    Judged from the cell outwards: a rule that needs whole tables is left until those are sound,
    so that one mistake is told once.
    """
    schema = load_schema()
    for name, frame in frames.items():
        errors += dates_in_order(schema[name], frame)
        errors += settings_known(schema[name], frame)
        errors += requirements_known(schema[name], frame)
        errors += dates_do_not_overlap(schema[name], frame)
    sound = _sound(frames, errors)
    for name, frame in frames.items():
        errors += references_known(schema[name], frame, sound)
    sound = _sound(frames, errors)
    for name, frame in sound.items():
        errors += every_value_has_a_row(schema[name], frame)
    sound = _sound(frames, errors)
    for rule in PROGRAMME_RULES:
        if all(name in sound for name in rule.reads):
            errors += rule.check(sound)
    return sorted(errors, key=lambda error: error.order)


def load_policy(folder: Path) -> dict[str, pd.DataFrame]:
    """The policy tables in `folder` by name, typed as the seed properties say.

    Values are str, int, Decimal, bool or date, None where empty; the index is the record number
    in the file. Raises PolicyInvalid where a file or a cell cannot be read.
    """
    frames, errors = _read(folder)
    if errors:
        raise PolicyInvalid(sorted(errors, key=lambda error: error.order))
    return frames


def policy_hash(folder: Path) -> str:
    """Hexadecimal SHA-256 over the names and contents of the policy files in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _read(folder: Path) -> tuple[dict[str, pd.DataFrame], list[PolicyError]]:
    """The tables that are there, sound rows only, and what is wrong with the files."""
    schema = load_schema()
    if not folder.is_dir():
        return {}, [PolicyError(str(folder), None, "file", "is not a folder")]
    tables = {table.file: table for table in schema.values()}
    present = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    errors = _strangers(tables.keys(), present)
    frames: dict[str, pd.DataFrame] = {}
    for file in sorted(tables.keys() & present):
        frames[tables[file].name], wrong = read_table(folder / file, tables[file])
        errors += wrong
    return frames, errors


def _strangers(known: Set[str], present: Set[str]) -> list[PolicyError]:
    return [PolicyError(file, None, "file", "is missing") for file in known - present] + [
        PolicyError(file, None, "file", "is no policy file") for file in present - known
    ]


def _sound(frames: dict[str, pd.DataFrame], errors: list[PolicyError]) -> dict[str, pd.DataFrame]:
    broken = {error.file for error in errors}
    return {name: frame for name, frame in frames.items() if f"{name}.csv" not in broken}
