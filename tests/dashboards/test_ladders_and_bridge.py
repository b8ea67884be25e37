import csv
import json
from base64 import b64decode
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from partner_rows import POLICY

from dashboards import words
from dashboards.charts import ladders, marks
from dashboards.charts.bridge import as_shown, score_bridge
from dashboards.charts.ladders import Band, Rubric
from dashboards.charts.scores import score_history
from dashboards.theme.tokens import MARKS


def rubrics() -> dict[str, Rubric]:
    """The rubrics of the default policy, from its files."""
    with (POLICY / "metrics.csv").open() as file:
        units = {row["metric_key"]: row["unit"] for row in csv.DictReader(file)}
    bands: dict[str, list[Band]] = {}
    with (POLICY / "rubric_bands.csv").open() as file:
        for row in csv.DictReader(file):
            typed = {key: value or None for key, value in row.items()}
            typed |= {
                f"{side}_is_inclusive": row[f"{side}_is_inclusive"] == "true"
                for side in ("lower", "upper")
            }
            for key in ("score", "score_at_upper_bound", "lower_bound", "upper_bound"):
                typed[key] = Decimal(row[key]) if row[key] else None
            bands.setdefault(row["metric_key"], []).append(Band.of(SimpleNamespace(**typed)))
    return {key: Rubric.of(rows, units[key], Decimal(5)) for key, rows in bands.items()}


RUBRICS = rubrics()


@pytest.mark.parametrize(
    ("metric", "lines"),
    [
        ("sourced_arr", ["0", "> 0", "≥ 25k", "≥ 100k", "≥ 250k", "≥ 500k"]),
        ("win_rate", ["< 10%", "≥ 10%", "≥ 20%", "≥ 30%", "≥ 40%", "≥ 50%"]),
        ("incident_rate", ["> 5", "≤ 5", "≤ 3", "≤ 1.5", "≤ 0.5", "≤ 0.1"]),
        ("critical_findings", ["≥ 4", "3", "2", "1", "–", "0"]),
        ("excess_access", ["> 20%", "≤ 20%", "≤ 10%", "≤ 5%", "≤ 2%", "0"]),
        ("mfa_enforced", ["no", "", "", "", "", "yes"]),
    ],
)
def test_each_cell_carries_the_line_of_its_band(metric, lines):
    rubric = RUBRICS[metric]
    assert [rubric.line(band) for band in rubric.cells] == lines


@pytest.mark.parametrize(
    ("metric", "value", "gap"),
    [
        ("open_pipeline", "731000", "$269K to 5"),
        ("open_pipeline", "730999.99", "$270K to 5"),  # rounded up: who does it gets there
        ("sourced_arr", "0", "anything above $0 for 1"),
        ("sourced_arr", "612000", "at the top band"),
        ("win_rate", "0.418", "8.2 points to 5"),
        ("win_rate", "0.399999999", "0.1 points to 4"),
        ("security_questionnaire", "87", "3 points to 5"),
        ("critical_findings", "1", "1 fewer for 5"),
        ("critical_findings", "7", "4 fewer for 1"),
        ("reopen_rate", "0.104", "3.4 points less for 4"),
        ("incident_rate", "0.35", "0.25 less for 5"),
        ("mfa_enforced", "0", "yes for 5"),
    ],
)
def test_the_gap_to_the_next_band_is_said_in_the_units_of_the_metric(metric, value, gap):
    assert ladders.gap(RUBRICS[metric], Decimal(value)) == gap


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("si_quality", "74.983333333", "74.9"),
        ("si_quality", "75", "75"),
        ("win_rate", "0.399999999", "39.9999999%"),
        ("excess_access", "0.0504", "5.04%"),
        ("win_rate", "0.4181", "41.8%"),
        ("sourced_arr", "499600", "$499,600.00"),
        ("sourced_arr", "612400", "$612K"),
        ("sourced_arr", "0", "$0"),
        ("mfa_enforced", "1", "yes"),
    ],
)
def test_no_value_is_shown_across_a_line_it_has_not_reached(metric, value, shown):
    assert ladders.measure(RUBRICS[metric], Decimal(value)) == shown


@given(
    metric=st.sampled_from(sorted(RUBRICS)),
    values=st.lists(st.decimals(0, 1_200_000, places=4), min_size=2, max_size=2),
)
def test_a_better_value_never_stands_further_left(metric, values):
    rubric = RUBRICS[metric]
    worse, better = sorted(values, reverse=not rubric.is_rising)
    assert rubric.place(worse) <= rubric.place(better)
    assert 0 < rubric.place(worse) < 1


def test_a_value_stands_in_the_cell_of_its_score():
    for metric, rubric in RUBRICS.items():
        for band in rubric.bands:
            edges = [edge for edge in (band.lower, band.upper) if edge is not None]
            for value in [e for e in edges if band.holds(e)]:
                assert rubric.position(value) == int(band.score), (metric, value)


def test_a_rubric_of_partial_credit_has_a_cell_a_band_and_a_slope():
    sloped = Rubric.of(
        [
            Band(Decimal(0), None, Decimal(100), score_at_upper=None),
            Band(Decimal(0), Decimal(100), Decimal(300), score_at_upper=Decimal(15)),
            Band(Decimal(15), Decimal(300), None),
        ],
        "usd",
        Decimal(30),
    )
    assert sloped.steps is None
    assert [sloped.line(band) for band in sloped.cells] == ["< 100", "≥ 100", "≥ 300"]
    assert sloped.place(Decimal(200)) == pytest.approx(0.5)
    assert ladders.gap(sloped, Decimal(200)) == "$100 to 15"
    assert ladders.gap(sloped, Decimal(400)) == "at the top band"


def test_a_ladder_fills_what_is_reached_and_says_the_rest_to_those_who_hear():
    drawn = ladders.draw(RUBRICS["win_rate"], "Win rate", Decimal("0.418"), Decimal("0.39"))
    assert drawn.count("cell reached") == 5
    assert drawn.count("<b>≥ 50%</b>") == 1
    assert drawn.count('class="now"') == drawn.count('class="then"') == 1
    assert 'aria-label="Win rate: 41.8%, 13 weeks ago 39%; 8.2 points to 5"' in drawn


def test_a_sparkline_breaks_at_gaps_and_has_its_target():
    drawn = marks.sparkline([3.0, None, 3.2, 3.4], "score", target=4.0)
    svg = b64decode(drawn.split("base64,")[1].split('"')[0]).decode()
    assert svg.count("M") == 3  # two pieces of line and the target
    assert "stroke-dasharray" in svg
    assert MARKS["accent"] in svg
    assert 'alt="score"' in drawn
    assert (
        "<circle"
        not in b64decode(
            marks.sparkline([3.0, None], "x").split("base64,")[1].split('"')[0]
        ).decode()
    )
    assert marks.sparkline([None], "x") == "—"


PARTS = st.lists(
    st.one_of(st.just(Decimal(0)), st.decimals(-1, 1, places=9)), min_size=1, max_size=10
)


@given(start=st.decimals(0, 5, places=9), parts=PARTS)
def test_the_steps_of_a_bridge_add_up_as_shown(start, parts):
    start = start + 20  # scores are never negative
    end = start + sum(parts, Decimal(0))
    shown = as_shown(parts, start, end)
    assert sum(shown, Decimal(0)) == words.truncated(end) - words.truncated(start)
    for part, step in zip(parts, shown, strict=True):
        assert abs(part - step) < Decimal("0.01") or part == step
        assert part != 0 or step == 0


def test_a_bridge_keeps_its_zero_steps_and_judges_the_others():
    figure = score_bridge(
        [("Revenue", Decimal("0.08")), ("Delivery", Decimal(0)), ("Support", Decimal("-0.04"))],
        ("10 Aug", Decimal("3.72")),
        ("9 Nov", Decimal("3.76")),
        line=("Platinum", Decimal("3.9")),
    )
    drawn = json.loads(figure.to_json())
    assert [bar["marker"]["color"] for bar in drawn["data"]] == [
        MARKS["good"],
        MARKS["bad"],
        MARKS["bad"],
    ]
    assert [bar["base"] for bar in drawn["data"]] == [[3.72], [3.8], [3.8]]
    texts = [note["text"] for note in drawn["layout"]["annotations"]]
    assert texts == ["Platinum 3.90", "<b>3.72</b>", "▲ 0.08", "— 0", "▼ 0.04", "<b>3.76</b>"]


def test_a_history_shows_the_lines_near_its_scores():
    weeks = pd.DataFrame({"week": pd.date_range("2026-08-03", periods=3, freq="7D")})
    figure = score_history(
        weeks.assign(score=[3.1, None, 3.4]),
        [("Silver", 2.0), ("Gold", 3.0), ("Platinum", 4.0)],
        maximum=5,
    )
    assert [note.text for note in figure.layout.annotations] == ["Gold 3.00", "Platinum 4.00"]
    assert figure.data[0].connectgaps is False


def test_movements_and_health_are_said_before_they_are_coloured():
    assert words.movement("promote", "gold") == "▲ Promote to Gold"
    assert words.movement("demote", "silver") == "▼ Demote to Silver"
    assert [words.movement(key) for key in ("warn", "pause", "exit", "hold")] == [
        "! Warn",
        "■ Pause",
        "× Exit",
        "Hold",
    ]
    assert words.movement(None) == "—"
    assert marks.health_chip(65, "Healthy", "good") == (
        '<span class="chip tone-good">65 Healthy</span>'
    )
    assert marks.health_chip(None, None, None) == "—"


def test_measures_are_written_in_their_units():
    written = [
        words.measure(Decimal(value), unit)
        for value, unit in (
            ("612000", "usd"),
            ("0.418", "rate"),
            ("1", "flag"),
            ("78.4", "score"),
            ("0.35", "per_100_install_months"),
            ("1240", "count"),
        )
    ]
    assert written == ["$612K", "41.8%", "yes", "78.4", "0.35", "1,240"]
    assert words.measure(None, "usd") == "—"
    assert words.measure(Decimal(612_000), "usd", "JPY") == "JPY\u00a0612K"
