"""What a published version is made of, as hashes: the same inputs are the same version."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version as distribution_version
from pathlib import Path

import duckdb

from warehouse.settings import CHECKOUT

_CODE_FOLDERS = ("warehouse", "orchestration", "expectations", "dbt_project")
_CODE_SUFFIXES = {".py", ".sql", ".yml"}
_NOT_CODE = {"target", "logs", "__pycache__"}


@cache
def code_version() -> str:
    """The distribution's version and a hash of every file that shapes a published figure."""
    files = (
        path
        for folder in _CODE_FOLDERS
        for path in (CHECKOUT / folder).rglob("*")
        if path.suffix in _CODE_SUFFIXES
        and not _NOT_CODE.intersection(path.relative_to(CHECKOUT).parts)
    )
    return f"{distribution_version('partner-scorecards')}+{hash_of_files(files, CHECKOUT)[:12]}"


def version_name(build: duckdb.DuckDBPyConnection) -> str:
    """The name of the version that this build becomes: its as-of and a hash of its inputs.

    Inputs are code, policy, loads, decisions, what people made of findings and of business
    reviews, and what was published before.
    """
    [(as_of, *rules)] = build.execute(
        "select as_of, policy_hash, code_version from quality.run"
    ).fetchall()
    loads = build.execute(
        "select system, entity, path, content_hash from quality.loads order by all"
    ).fetchall()
    # What was published before as it stands in the build, not as it was frozen: a second run over
    # the same inputs finds its own frozen, and is the same version.
    tables = (
        "programme.decisions",
        "programme.finding_states",
        "programme.review_events",
        "marts.fct_tier_recommendation",
        "(select finding_id, first_seen_on from marts.fct_leakage_check where state = 'leak')",
    )
    inputs = json.dumps([rules, loads, [_hash_of_rows(build, table) for table in tables]])
    return f"{as_of}-{hashlib.sha256(inputs.encode()).hexdigest()[:12]}"


def _hash_of_rows(build: duckdb.DuckDBPyConnection, table: str) -> str:
    [(hashed,)] = build.execute(
        f"""
        with lines as (select to_json(rows)::varchar as line from {table} as rows)
        select sha256(coalesce(string_agg(line, chr(10) order by line), '')) from lines
        """
    ).fetchall()
    return str(hashed)


def hash_of_files(paths: Iterable[Path], root: Path) -> str:
    """Hash of the files' places under `root` and their contents, in any order given."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()
