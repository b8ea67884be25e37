from datetime import date
from decimal import Decimal

import pandas as pd

from dashboards.charts import marks
from dashboards.charts.scores import score_lines
from dashboards.markup import Column, Group, Html, name, table, tag, text


def test_text_from_data_is_never_markup():
    hostile = "<script>alert(1)</script>\u0000\u202e\" onmouseover='x'"
    assert "<script>" not in tag("td", hostile)
    assert "onmouseover='" not in name(hostile)
    assert '"' not in text(hostile)
    assert text(Html("<b>ours</b>")) == "<b>ours</b>"


def test_a_table_has_headers_for_its_columns_and_its_rows():
    drawn = table(
        [Column("Extract"), Column("Rows", is_number=True)],
        [Group([["partners", "12"]], heading="CRM")],
        caption="Rows by extract",
    )
    assert drawn.count('scope="col"') == 2
    assert '<th scope="row">partners</th>' in drawn
    assert 'scope="rowgroup"' in drawn
    assert "<caption" in drawn


def test_one_refused_row_in_a_million_is_seen():
    drawn = marks.split_bar(1_000_000, 1, "1 refused")
    assert "width:2.0%" in drawn
    assert 'aria-label="1 refused"' in drawn


def test_an_age_past_its_limit_is_marked_and_said():
    assert "fill bad" in marks.age_bar(9, 7)
    assert "9 days old, limit 7" in marks.age_bar(9, 7)
    assert "fill neutral" in marks.age_bar(7, 7)


def test_a_change_is_coloured_by_whether_it_is_welcome():
    assert "good" in marks.change(Decimal("0.20"))
    assert "bad" in marks.change(Decimal("-0.20"))
    assert marks.change(None) == '<span class="delta">—</span>'


def test_a_tier_of_another_programme_still_has_a_chip():
    assert ">Select<" in marks.tier_chip("select")
    assert marks.tier_chip(None) == "—"


def test_the_figure_has_a_line_a_partner_and_names_it_at_its_end():
    weeks = [date(2026, 11, 2), date(2026, 11, 9)]
    scores = pd.DataFrame(
        {
            "partner_name": ["Cedar <b>", "Cedar <b>", "Lumen", "Lumen"],
            "week": weeks * 2,
            "score": [2.0, 2.5, 3.0, None],
        }
    )
    figure = score_lines(scores, 5)
    assert list(figure.data[0].y) == [2.0, 2.5]
    assert [note.text for note in figure.layout.annotations] == ["Cedar &lt;b&gt;"]
    assert figure.layout.showlegend is False
    assert all(line.connectgaps is False for line in figure.data)


def test_names_at_the_same_height_do_not_lie_on_each_other():
    scores = pd.DataFrame(
        {"partner_name": ["a", "b", "c"], "week": [date(2026, 11, 9)] * 3, "score": [2.0, 2.0, 2.0]}
    )
    heights = [note.y for note in score_lines(scores, 5).layout.annotations]
    assert len({round(height, 3) for height in heights}) == 3
