import re

import pandas as pd
from delivery_rows import IN_REVIEW, ON_PROBATION, SOUND, add_delivery
from page_markup import markup

from dashboards.charts.delivery import component_dots
from dashboards.queries.published import current_edition, dependents
from warehouse.settings import Settings


def delivered(publish_scenario, **changes):
    home = publish_scenario(partners=12)
    [path] = (home / "published").glob("*.duckdb")
    add_delivery(path, **changes)
    return home


def partners_in(page):
    table = page[page.index("SI quality, a row per integrator") :]
    return re.findall(r"partner=(P-\d+)", table[: table.index("</table>")])


def test_who_is_on_probation_or_in_review_and_what_is_late_comes_first(open_page, publish_scenario):
    app = open_page(delivered(publish_scenario), "delivery")
    page = markup(app)
    links = [button.label for button in app.button]
    assert "**1 integrator** in offboarding review" in links
    assert "**1 integrator** on probation" in links
    assert "**1 integrator** below 60 now, on no rung yet" in links
    assert "<strong>2 projects</strong> late" in page
    [probation] = [b for b in app.button if "on probation" in b.label]
    probation.click().run()
    assert partners_in(markup(app)) == [ON_PROBATION]


def test_a_score_is_truncated_and_without_one_says_why(open_page, publish_scenario):
    page = markup(open_page(delivered(publish_scenario), "delivery"))
    assert "<b>92.9</b>" in page
    assert "too few live projects (2 of 3)" in page
    assert "<dt>Integrators scored</dt>" in page
    assert "5 <small>of 6</small>" in page


def test_components_are_judged_by_target_and_floor(open_page, publish_scenario):
    page = markup(open_page(delivered(publish_scenario), "delivery"))
    assert "✓ 2%" in page
    assert "✕ −10" in page
    assert "1.25 ×" in page
    assert ">≤ 3%<" in page
    assert "Tickets" not in page[page.index("<thead") : page.index("</thead>")]


def test_a_rung_stands_with_its_glyph_its_reason_and_its_beginning(open_page, publish_scenario):
    page = markup(open_page(delivered(publish_scenario), "delivery"))
    ladder = page[page.index("Integrators on the remediation ladder") :]
    said = [ladder.index(each) for each in ("× Offboarding review", "■ Probation", "! Training")]
    assert said == sorted(said)
    assert "Below 40 for 2 quarters in a row" in ladder
    assert "on this rung since 30 Jun" in ladder


def test_late_projects_are_listed_the_latest_first(open_page, publish_scenario):
    page = markup(open_page(delivered(publish_scenario), "delivery"))
    late = page[page.index('<caption class="unseen">Projects late') :]
    assert late.index("J-45") < late.index("J-12")
    assert "J-3<" not in late


def test_the_address_filters_and_sorts(open_page, publish_scenario):
    home = delivered(publish_scenario)
    worst_first = partners_in(markup(open_page(home, "delivery")))
    assert worst_first[0] == IN_REVIEW
    best_first = partners_in(markup(open_page(home, "delivery", sort="Highest score first")))
    assert best_first[0] == SOUND
    assert best_first[-1] == worst_first[-1]
    late = partners_in(markup(open_page(home, "delivery", show="With late projects")))
    assert late == [IN_REVIEW, SOUND]
    none = open_page(home, "delivery", search="nobody")
    assert "No integrator matches “nobody”." in markup(none)


def test_an_absent_extract_of_projects_is_said_and_nothing_is_zero(open_page, publish_scenario):
    page = markup(open_page(delivered(publish_scenario, has_projects=False), "delivery"))
    assert "No extract of projects is there." in page
    assert "Source missing." in page
    assert "No system integrator is in this version." in page


def test_what_only_health_or_a_component_reads_is_needed_too(publish_scenario):
    needed_by = dependents(current_edition(Settings(home=delivered(publish_scenario))))
    assert needed_by["crm.enablement_activity"] == ["Partner health"]
    assert needed_by["crm.surveys"] == ["Customer nps", "SI quality"]
    assert "telemetry.installs" not in needed_by


def test_a_version_from_before_si_quality_says_so(open_page, publish_scenario):
    page = markup(open_page(publish_scenario(partners=12), "delivery"))
    assert "This version has no word on delivery." in page


def test_a_dot_stands_for_each_integrator_and_a_line_at_the_median():
    scores = pd.DataFrame(
        {
            "partner_name": ["<b>Fern</b>", "Cedar", "Oak", "Elm"],
            "component": ["churn", "churn", "churn", "nps"],
            "score": [0.0, 50.0, 51.0, None],
            "said": ["20%", "9%", "8.9%", "—"],
        }
    )
    figure = component_dots(scores, {"churn": "Churned accounts", "nps": "Project NPS"})
    churn, nps = figure.data
    assert list(churn.x) == [0.0, 50.0, 51.0]
    assert churn.y[1] != churn.y[2]
    assert churn.customdata[0][0] == "&lt;b&gt;Fern&lt;/b&gt;"
    assert len(nps.x) == 0
    assert [shape.x0 for shape in figure.layout.shapes] == [50.0]
    assert figure.layout.margin.b >= 2 * figure.layout.font.size  # the numbers below stand whole
