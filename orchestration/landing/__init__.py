"""Source contracts in, typed Parquet out: extracts land file by file, and a build mounts them."""

from orchestration.landing.loads import ControlTotal, Landed, Load
from orchestration.landing.mount import Run, mount

__all__ = ["ControlTotal", "Landed", "Load", "Run", "mount"]
