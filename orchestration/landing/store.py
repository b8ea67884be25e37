"""Where loads lie: content-addressed Parquet, and a receipt that makes it count.

    <store>/raw/<system>/<entity>/<key>.parquet         accepted rows
    <store>/raw/<system>/<entity>/<key>.<rollup>.parquet  of an append_by_file entity
    <store>/raw/<system>/<entity>/<key>.json            the receipt, written last
    <store>/quarantine/<system>/<entity>/<key>.parquet  refused rows

Every file is written under a temporary name and moved into place, the receipt after its Parquet.
So a run killed at any instant leaves at worst files that no receipt names, and two runs at once
write the same bytes under the same names: no lock is needed.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.landing.loads import Landed, Load
from warehouse.contracts import Contract


def raw_folder(store: Path, contract: Contract) -> Path:
    """Folder of the entity's accepted rows and receipts."""
    return store / "raw" / contract.system / contract.entity


def raw_file(store: Path, contract: Contract, key: str, rollup: str | None = None) -> Path:
    """Accepted rows of the load `key`, or one of its rollups."""
    return raw_folder(store, contract) / (f"{key}.{rollup}.parquet" if rollup else f"{key}.parquet")


def quarantine_file(store: Path, contract: Contract, key: str) -> Path:
    """Refused rows of the load `key`; there only if it has some."""
    return store / "quarantine" / contract.system / contract.entity / f"{key}.parquet"


def receipt_file(store: Path, contract: Contract, key: str) -> Path:
    """The receipt of the load `key`."""
    return raw_folder(store, contract) / f"{key}.json"


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that is moved there when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_receipt(store: Path, contract: Contract, key: str) -> Load | None:
    """The load `key` if it was landed to its end before, else None."""
    path = receipt_file(store, contract, key)
    return Load.model_validate_json(path.read_bytes()) if path.is_file() else None


def write_receipt(store: Path, contract: Contract, load: Load) -> None:
    """Make a load count. Its Parquet files must lie in the store already."""
    with written_whole(receipt_file(store, contract, load.key)) as path:
        path.write_text(load.model_dump_json(indent=1) + "\n", encoding="utf-8")


def prune(landed: Landed) -> int:
    """Remove from the store what no load of `landed` names, and what killed runs left; how many.

    For the holder of the refresh lock alone: a build that reads the older files would lose them.
    """
    keep = {load.key for load in landed.loads}
    removed = 0
    for folder in (
        raw_folder(landed.store, landed.contract),
        quarantine_file(landed.store, landed.contract, "").parent,
    ):
        for path in sorted(folder.glob("*")):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name.partition(".")[0] not in keep:
                path.unlink()
            else:
                continue
            removed += 1
    return removed
