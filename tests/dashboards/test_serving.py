import sys
import tomllib
from pathlib import Path

from dashboards.serve import APP, streamlit_arguments, streamlit_environment
from warehouse.settings import Settings


def test_without_sign_in_the_pages_answer_this_machine_alone():
    arguments = streamlit_arguments(8765)
    assert arguments[0] == sys.executable
    assert str(APP) in arguments
    assert "--server.address=127.0.0.1" in arguments
    assert "--server.port=8765" in arguments


def test_sign_in_is_handed_to_the_pages_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=Path("some"), secrets=Path("secrets.toml"), roles=Path("roles.csv"))
    arguments = streamlit_arguments(8765, "0.0.0.0", settings.secrets)
    assert "--server.address=0.0.0.0" in arguments
    assert f"--secrets.files={tmp_path / 'secrets.toml'}" in arguments
    environment = streamlit_environment(settings, {})
    assert environment["SCORECARDS_SECRETS"] == str(tmp_path / "secrets.toml")
    assert environment["SCORECARDS_ROLES"] == str(tmp_path / "roles.csv")


def test_started_by_hand_the_pages_answer_this_machine_alone_too():
    config = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == "127.0.0.1"


def test_the_look_is_found_beside_the_script_from_any_working_directory():
    assert (APP.parent / ".streamlit" / "config.toml").is_file()


def test_the_pages_are_told_the_home_in_full():
    environment = streamlit_environment(Settings(home=Path("some")), {"PYTHONPATH": "other"})
    assert environment["SCORECARDS_HOME"] == str(Path("some").resolve())
    assert environment["PYTHONPATH"] == f"{APP.parent.parent}:other"
