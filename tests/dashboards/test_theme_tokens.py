import tomllib
from pathlib import Path

import pytest

import dashboards
from dashboards.theme.style import LOGO, style_sheet
from dashboards.theme.tokens import MARKS, TOKENS

CONFIG = Path(dashboards.__file__).parent / ".streamlit" / "config.toml"
BACKGROUNDS = ("page", "surface")
TEXTS = [name for name in TOKENS if name in {"t1", "t2", "t3"} or name.endswith("-text")]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_on_every_background(text, theme):
    for background in BACKGROUNDS:
        pair = getattr(TOKENS[text], theme), getattr(TOKENS[background], theme)
        assert contrast(*pair) >= 4.5, (text, background)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_stand_out_from_the_page(mark, theme):
    assert contrast(MARKS[mark], getattr(TOKENS["page"], theme)) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tier", ["registered", "silver", "gold", "platinum"])
def test_a_tier_can_be_read_on_its_fill(tier, theme):
    text = TOKENS["page"] if tier == "platinum" else TOKENS["t1"]
    fill = TOKENS[f"tier-{tier}"]
    assert contrast(getattr(text, theme), getattr(fill, theme)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_streamlit_is_given_the_same_tokens(theme):
    options = tomllib.loads(CONFIG.read_text("utf-8"))["theme"][theme]
    expected = {
        "backgroundColor": "page",
        "secondaryBackgroundColor": "surface",
        "textColor": "t1",
        "linkColor": "accent-text",
        "borderColor": "line",
        "dataframeHeaderBackgroundColor": "surface",
        "dataframeHeaderTextColor": "t2",
    }
    for option, token in expected.items():
        assert options[option] == getattr(TOKENS[token], theme), option


def test_the_style_sheet_follows_the_theme_without_a_rerun():
    assert "--t1:light-dark(#17202B,#E8ECF1)" in style_sheet()


def test_the_logo_is_outlines():
    drawn = LOGO.read_text("utf-8")
    assert "<text" not in drawn
    assert 'aria-label="Partner Scorecards"' in drawn
