import sys
from pathlib import Path

from dashboards.serve import APP, streamlit_arguments, streamlit_environment
from warehouse.settings import Settings


def test_without_sign_in_the_pages_answer_this_machine_alone():
    arguments = streamlit_arguments(8765)
    assert arguments[0] == sys.executable
    assert str(APP) in arguments
    assert "--server.address=127.0.0.1" in arguments
    assert "--server.port=8765" in arguments


def test_the_look_is_found_beside_the_script_from_any_working_directory():
    assert (APP.parent / ".streamlit" / "config.toml").is_file()


def test_the_pages_are_told_the_home_in_full():
    environment = streamlit_environment(Settings(home=Path("some")), {"PYTHONPATH": "other"})
    assert environment["SCORECARDS_HOME"] == str(Path("some").resolve())
    assert environment["PYTHONPATH"] == f"{APP.parent.parent}:other"
