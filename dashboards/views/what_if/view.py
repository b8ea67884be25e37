"""What if: other weights, bands and gates, and at once who would move; saved as a policy."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.access import Viewer
from dashboards.charts import marks
from dashboards.charts.whatif import tier_distribution
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag
from dashboards.queries import money, published
from dashboards.queries.tiers import costs, is_costed, with_costs
from dashboards.queries.whatif import first_day, judged, rescored, rules
from dashboards.views.what_if import forms
from dashboards.views.what_if.selection import (
    DOWN,
    SAME,
    UP,
    Proposal,
    Subject,
    changes,
    counted,
    drafted,
    export_rows,
    moving,
    with_direction,
)
from warehouse.policy import PolicyError
from warehouse.policy.drafting import Draft, Row, as_zip, in_force
from warehouse.policy.schema import load_schema
from warehouse.whatif import Scoring

SHOWN_AT_MOST = 50
_PROPOSED, _ROUND = "what-if-proposed", "what-if-round"
_WEIGHTS, _BANDS, _GATES = "Weights", "Bands", "Gates"
_GATES_OF_SCORES = {
    "weighted_score": "Weighted score",
    "every_criterion": "Every criterion",
    "every_metric": "Every metric",
}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version."""
    with shell.loading(visit):
        scoring = rules(visit.edition)
    if scoring is None:
        shell.head("What if", visit, shell.Takeaway("what-if", {}), {})
        shell.state(
            "This version carries no rules to try others against.",
            "It was published before rules were; the current version has them.",
        )
        return
    top = st.container(gap="small")
    day = visit.imprint.as_of
    with st.container(key="proposal"):
        troubles = _form(scoring, day)
    proposal = _proposal(visit)
    draft = drafted(scoring.policy, proposal, first_day(visit.edition))
    # What an older version's policy lacks by the rules of today is nobody's mistake here.
    known = set(judged(scoring.policy))
    troubles += [_sentence(error) for error in judged(draft) if error not in known]
    if troubles:
        forms.errors(troubles)
        proposal = {}
    tiers = published.tiers(visit.edition)
    rows = with_direction(
        rescored(visit.edition, changes(scoring.policy, proposal, first_day(visit.edition))),
        {tier: rank for rank, tier in enumerate(tiers, start=1)},
    )
    currency = money.currency(visit.edition)
    if is_costed(visit.edition):
        rows = with_costs(rows, costs(visit.edition), "qualified_tier", "proposed_qualified_tier")
    movers = moving(rows)
    meanings = published.definitions(visit.edition, "fct_tier_recommendation")
    with top:
        shell.head(
            "What if",
            visit,
            shell.Takeaway(
                f"what-if-{visit.imprint.version}",
                {"who moves": lambda: export_rows(movers, currency)},
            ),
            {
                words.title(key): meanings[key]
                for key in ("action", "qualified_tier")
                if key in meanings
            },
            period=_period(rows),
        )
    _said(proposal, scoring, is_refused=bool(troubles))
    if rows.empty:
        shell.state("No quarter has ended yet.", "Tiers are judged at quarter ends.")
        return
    shell.strip(_figures(rows, movers, currency))
    _results(rows, movers, tiers, currency)
    if proposal:
        _save(visit.viewer, scoring.policy, proposal, day)


def _period(rows: pd.DataFrame) -> Html | None:
    if rows.empty:
        return None
    return join(["Quarter to ", tag("b", words.day(rows["quarter_end"].iloc[0].date()))])


def _form(scoring: Scoring, day: date) -> list[str]:
    """The fields of one subject; keeps what they propose, and returns what is wrong with it."""
    policy = {table: in_force(rows, day) for table, rows in scoring.policy.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", key="subject"):
        part = st.segmented_control(
            "Rules to change",
            [_WEIGHTS, _BANDS, _GATES],
            default=_WEIGHTS,
            key="rules",
            required=True,
            bind="query-params",
        )
        subject = _subject(str(part), policy)
        st.button(
            "Start over", icon=":material/restart_alt:", type="tertiary", on_click=_start_over
        )
    today = [row for row in policy[subject.table] if subject.of.items() <= row.items()]
    kept = _kept()
    shown = kept.get(subject, today)
    round_ = int(st.session_state.get(_ROUND, 0))
    if part == _WEIGHTS:
        proposed = forms.weights(subject, _in_policy_order(shown), round_)
    elif part == _BANDS:
        unit = next(r["unit"] for r in policy["metrics"] if r["metric_key"] == subject.key)
        highest = next(r["value"] for r in policy["settings"] if r["setting"] == "score_maximum")
        proposed = forms.bands(subject, shown, unit, Decimal(highest), round_)
    else:
        labels = {row["metric_key"]: row["label"] for row in policy["metrics"]}
        proposed = forms.gates(subject, shown, labels | _GATES_OF_SCORES, round_)
    if isinstance(proposed, str):
        return [proposed]
    if _same(proposed, today):
        kept.pop(subject, None)
    else:
        kept[subject] = proposed
    return []


def _in_policy_order(rows: Sequence[Row]) -> list[Row]:
    criteria = load_schema()["criterion_weights"].columns["criterion"].allowed
    return sorted(rows, key=lambda row: criteria.index(row["criterion"]))


def _subject(part: str, policy: Draft) -> Subject:
    if part == _WEIGHTS:
        archetypes = sorted({row["archetype"] for row in policy["criterion_weights"]})
        key = st.selectbox(
            "Type of partner",
            archetypes,
            index=archetypes.index("default") if "default" in archetypes else 0,
            format_func=lambda key: types_of(policy, key),
            key="archetype",
            width=220,
            bind="query-params",
        )
        return Subject("criterion_weights", "archetype", key)
    if part == _BANDS:
        labels = {r["metric_key"]: r["label"] for r in policy["metrics"] if r["criterion"]}
        key = st.selectbox(
            "Metric",
            sorted(labels, key=lambda key: labels[key]),
            format_func=lambda key: labels[key],
            key="metric",
            width=260,
            bind="query-params",
        )
        return Subject("rubric_bands", "metric_key", key)
    ranks = {row["tier"]: int(row["rank"]) for row in policy["tiers"]}
    asked = {row["tier"] for row in policy["tier_gates"]}
    key = st.selectbox(
        "Tier",
        sorted(asked, key=lambda tier: -ranks[tier]),
        format_func=words.title,
        key="tier",
        width=220,
        bind="query-params",
    )
    return Subject("tier_gates", "tier", key)


def types_of(policy: Draft, archetype: str) -> str:
    """The types of partner that an archetype's rules are for: Referral and Reseller."""
    types = {r["partner_type"] for r in policy["archetypes"] if r["archetype"] == archetype}
    return words.listed([words.title(each) for each in sorted(types)]) or words.title(archetype)


def _kept() -> dict[Subject, list[Row]]:
    kept: dict[Subject, list[Row]] = st.session_state.setdefault(_PROPOSED, {})
    return kept


def _proposal(visit: shell.Visit) -> Proposal:
    """What is proposed so far, for the version it was proposed on."""
    if (
        st.session_state.setdefault("what-if-version", visit.edition.version)
        != visit.edition.version
    ):
        st.session_state["what-if-version"] = visit.edition.version
        _start_over()
    return dict(_kept())


def _start_over() -> None:
    st.session_state[_PROPOSED] = {}
    # Fields under new keys begin with today's values.
    st.session_state[_ROUND] = int(st.session_state.get(_ROUND, 0)) + 1


def _same(proposed: Sequence[Row], today: Sequence[Row]) -> bool:
    def order(rows: Sequence[Row]) -> list[list[tuple[str, str]]]:
        return sorted(sorted(row.items()) for row in rows)

    return order(proposed) == order(today)


def _said(proposal: Proposal, scoring: Scoring, *, is_refused: bool) -> None:
    labels = {row["metric_key"]: row["label"] for row in scoring.policy["metrics"]}
    names = {
        "criterion_weights": lambda key: f"weights of {types_of(scoring.policy, key)}",
        "rubric_bands": lambda key: f"bands of {labels[key]}",
        "tier_gates": lambda key: f"gates of {words.title(key)}",
    }
    said = [names[subject.table](subject.key) for subject in proposal]
    sentence = (
        f"Proposed: {words.listed(said)}, as if in force in every quarter shown."
        if said
        else "Nothing is changed: this is the portfolio as published."
    )
    if is_refused:
        sentence = "These rules cannot stand; what follows is the portfolio as published."
    st.html(tag("p", sentence, class_="quiet", role="status"))


def _sentence(error: PolicyError) -> str:
    return f"{error.message[:1].upper()}{error.message[1:]}."


def _figures(rows: pd.DataFrame, movers: pd.DataFrame, currency: str) -> list[shell.Figure]:
    by_direction = rows["direction"].value_counts()
    up, down, same = (int(by_direction.get(key, 0)) for key in (UP, DOWN, SAME))
    recommended = int((movers["action"] != movers["proposed_action"]).sum())
    change = words.score_change(
        rows["proposed_weighted_score"].median(), rows["weighted_score"].median()
    )
    return [
        shell.Figure(
            f"{words.UP} Qualify higher", words.count(up), "for a higher tier than published"
        ),
        shell.Figure(f"{words.DOWN} Qualify lower", words.count(down), "for a lower tier, or none"),
        shell.Figure("Qualify the same", words.count(same), f"of {words.count(len(rows))}"),
        shell.Figure(
            "Recommended otherwise", words.count(recommended), "another action this quarter"
        ),
        shell.Figure(
            "Median score",
            words.score(rows["proposed_weighted_score"].median()),
            join([marks.change(change), " on published"]),
        ),
        *_cost(rows, currency),
    ]


def _cost(rows: pd.DataFrame, currency: str) -> list[shell.Figure]:
    """What a year costs more or less if partners hold the tiers they would qualify for."""
    if "cost_change_cents" not in rows:
        return []
    known = rows["cost_change_cents"].dropna()
    note = "commission, margin and MDF, at those tiers"
    if len(known) < len(rows):
        note = f"{words.count(len(rows) - len(known))} of {words.count(len(rows))} not worked out"
    return [
        shell.Figure(
            "Cost a year",
            words.money_change(int(known.sum()), currency),
            note,
            definition="On the volume won in 12 months: at the tiers partners would qualify for, "
            "minus at those they qualify for as published.",
        )
    ]


def _results(rows: pd.DataFrame, movers: pd.DataFrame, tiers: Sequence[str], currency: str) -> None:
    with st.container(horizontal=True, key="what-if-results", gap="large"):
        with st.container(key="who-moves"):
            shell.section("Who moves", _note(movers))
            if not movers.empty:
                st.html(_table(movers.head(SHOWN_AT_MOST), currency))
        with st.container(width=380, key="tier-distribution"):
            shell.section("Who qualifies for what")
            now, proposed = counted(rows, tiers)
            falling = list(reversed(range(len(tiers))))
            st.plotly_chart(
                tier_distribution(
                    [*(words.title(tiers[i]) for i in falling), "None"],
                    [*(now[i] for i in falling), now[-1]],
                    [*(proposed[i] for i in falling), proposed[-1]],
                ),
                width="stretch",
                config={"displayModeBar": False},
                theme=None,
            )


def _note(movers: pd.DataFrame) -> str:
    if movers.empty:
        return "Nobody: every partner qualifies for the tier it did, and is recommended the same."
    if len(movers) > SHOWN_AT_MOST:
        return f"The first {SHOWN_AT_MOST} of {words.count(len(movers))}; Export has them all."
    return f"{words.counted(len(movers), 'partner')}; those who rise first."


def _table(movers: pd.DataFrame, currency: str) -> Html:
    has_cost = "cost_change_cents" in movers
    columns = (
        Column("Partner"),
        Column("Tier", class_="extra"),
        Column("Qualifies for"),
        Column("Recommended", class_="extra"),
        Column("Score", is_number=True),
        *([Column("Cost a year", is_number=True, class_="extra")] if has_cost else []),
    )
    rows = [
        [
            *_cells(row),
            *([words.money_change(row.cost_change_cents, currency)] if has_cost else []),
        ]
        for row in records(movers)
    ]
    return table(columns, [Group(rows)], caption="Who moves")


def _cells(row: Any) -> list[str]:
    return [
        shell.partner_link(row.partner_id, row.partner_name),
        marks.tier_chip(row.current_tier),
        _from_to(_tier(row.qualified_tier), _tier(row.proposed_qualified_tier)),
        _from_to(
            marks.movement(row.action, row.recommended_tier),
            marks.movement(row.proposed_action, row.proposed_recommended_tier),
        ),
        _from_to(words.score(row.weighted_score), words.score(row.proposed_weighted_score)),
    ]


def _tier(tier: str | None) -> Html:
    return tag("span", "none", class_="quiet") if words.is_absent(tier) else marks.tier_chip(tier)


def _from_to(then: str, now: str) -> Html:
    if then == now:
        return join([now])
    return join([then, tag("span", " → ", class_="quiet"), now])


def _save(viewer: Viewer, policy: Draft, proposal: Proposal, as_of: date) -> None:
    shell.section(
        "Save as a policy",
        "A folder with every rule of the programme, to review and to refresh with: "
        "scorecards refresh --policy.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="save"):
        day = st.date_input(
            "In force from",
            value=next_quarter(policy, as_of),
            format="YYYY-MM-DD",
            key="in-force-from",
            width=180,
            help="Earlier quarters keep the rules they had.",
        )
        if not isinstance(day, date):
            return
        draft = drafted(policy, proposal, day)
        wrong = judged(draft)
        st.download_button(
            "Download the proposed policy",
            data=shell.handed_out(viewer, lambda: as_zip(draft)),
            file_name=f"policy-from-{day}.zip",
            mime="application/zip",
            icon=":material/download:",
            disabled=bool(wrong),
            on_click="ignore",
        )
    if wrong:
        forms.errors([f"{error.file}: {error.message}." for error in wrong])


def next_quarter(policy: Draft, as_of: date) -> date:
    """The first day of the fiscal quarter after the one that a day is in."""
    [start] = [
        int(row["value"])
        for row in in_force(policy["settings"], as_of)
        if row["setting"] == "fiscal_year_start_month"
    ]
    month = as_of.replace(day=1)
    while True:
        month = (month + timedelta(days=31)).replace(day=1)
        if (month.month - start) % 3 == 0:
            return month
