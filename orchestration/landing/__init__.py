"""Source contracts in, typed Parquet out: extracts land file by file, and a build mounts them.

landed = [land_entity(contract, extracts, store) for contract in load_contracts().values()]
mount(connection, landed, Run(as_of))
"""

from orchestration.landing.engine import land_entity
from orchestration.landing.loads import ControlTotal, Landed, Load
from orchestration.landing.mount import Run, mount
from orchestration.landing.programme import fill_programme
from orchestration.landing.store import prune

__all__ = [
    "ControlTotal",
    "Landed",
    "Load",
    "Run",
    "fill_programme",
    "land_entity",
    "mount",
    "prune",
]
