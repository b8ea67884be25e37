"""How the pages are started: what `scorecards serve` runs, and with which environment."""

import sys
from collections.abc import Mapping
from pathlib import Path

from warehouse.settings import Settings

APP = Path(__file__).with_name("app.py")
LOOPBACK = "127.0.0.1"


def streamlit_arguments(
    port: int = 8501, host: str = LOOPBACK, secrets: Path | None = None
) -> list[str]:
    """The command that serves the pages at `host` and `port`, from any working directory.

    Streamlit reads `.streamlit/config.toml` beside `app.py`. `secrets` is the file that configures
    sign-in; without it the pages answer no other machine, whatever the host.
    """
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(APP),
        f"--server.address={host}",
        f"--server.port={port}",
        "--server.headless=true",
        *([] if secrets is None else [f"--secrets.files={secrets.resolve()}"]),
    ]


def streamlit_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with the places of `settings`, and the folder of our packages on the path.

    Streamlit puts the script's folder on the path and not its parent, so a checkout that is not
    installed needs the second.
    """
    packages = str(APP.parent.parent)
    path = environment.get("PYTHONPATH")
    sign_in = {"SCORECARDS_SECRETS": settings.secrets, "SCORECARDS_ROLES": settings.roles}
    return {
        **environment,
        **{name: str(file.resolve()) for name, file in sign_in.items() if file is not None},
        "SCORECARDS_HOME": str(settings.home.resolve()),
        "PYTHONPATH": f"{packages}:{path}" if path else packages,
    }
