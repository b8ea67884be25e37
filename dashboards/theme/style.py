"""The style sheet and the logo, put on every page."""

from functools import cache
from pathlib import Path

from dashboards.theme.tokens import custom_properties

_FOLDER = Path(__file__).parent
LOGO = _FOLDER / "logo.svg"
MARK = _FOLDER / "mark.svg"


@cache
def style_sheet() -> str:
    """The style element with the tokens and the rules."""
    rules = (_FOLDER / "style.css").read_text("utf-8")
    return f"<style>{custom_properties()}\n{rules}</style>"
