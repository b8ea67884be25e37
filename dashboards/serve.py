"""How the pages are started: what `scorecards serve` runs, and with which environment."""

import sys
from collections.abc import Mapping
from pathlib import Path

from warehouse.settings import Settings

APP = Path(__file__).with_name("app.py")
LOOPBACK = "127.0.0.1"


def streamlit_arguments(port: int = 8501) -> list[str]:
    """The command that serves the pages on loopback at `port`, from any working directory.

    Streamlit reads `.streamlit/config.toml` beside `app.py`. Without sign-in configured, the
    address is not a choice: the pages answer this machine alone.
    """
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(APP),
        f"--server.address={LOOPBACK}",
        f"--server.port={port}",
        "--server.headless=true",
    ]


def streamlit_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with the home of `settings`, and the folder of our packages on the path.

    Streamlit puts the script's folder on the path and not its parent, so a checkout that is not
    installed needs the second.
    """
    packages = str(APP.parent.parent)
    path = environment.get("PYTHONPATH")
    return {
        **environment,
        "SCORECARDS_HOME": str(settings.home.resolve()),
        "PYTHONPATH": f"{packages}:{path}" if path else packages,
    }
