"""Partner: one partner, what it scores, why, what would change it, and how it came here."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import shell, words
from dashboards.charts import marks
from dashboards.dossier import facts, gates
from dashboards.dossier.facts import WEEKS, exact
from dashboards.dossier.programme import Programme, programme
from dashboards.frames import records
from dashboards.markup import Html, join, tag
from dashboards.queries import published
from dashboards.queries.partner import Dossier, dossier
from dashboards.views.partner import (
    chooser,
    delivery,
    evidence,
    history,
    score,
    terms,
)
from dashboards.views.partner.selection import (
    CONTRACTS,
    DELIVERY,
    EVIDENCE,
    HISTORY,
    PEOPLE,
    SCORE,
    TITLES,
    tabs,
)
from warehouse.ledger import Decision, LedgerUnavailableError, decisions

_MOVES = {"promote", "demote", "pause", "exit"}


def render(visit: shell.Visit) -> None:
    """Draw the page for one published version: of the partner in the address, or the chooser."""
    asked = st.query_params.get("partner", "")
    if not asked:
        chooser.show(visit)
        return
    with shell.loading(visit):
        known = dossier(visit.edition, asked)
    if known is None:
        chooser.show(visit, unknown=asked)
        return
    if known.now is None:
        _head(visit, known, {})
        shell.state(
            "No whole week has passed since it joined.", "Its first scorecard is yet to come."
        )
        return
    _page(visit, known, programme(visit.edition))


def _page(visit: shell.Visit, known: Dossier, rules: Programme) -> None:
    decided = _decided(visit, known)
    judged_on = terms.next_quarter(visit.imprint.as_of, rules.first_month)
    top = st.container(gap="small")
    offered = tabs(known, has_evidence=published.has(visit.edition, "fct_metric_evidence"))
    tab = _tab(offered)
    shown: Any = None
    more: dict[str, Callable[[], pd.DataFrame]] = {}
    if tab == EVIDENCE:
        chosen = evidence.choose(known)
        shown = chosen[0] if chosen else None
        if shown is not None:
            more = {"evidence": lambda: evidence.rows_of(visit, known, shown)}
    with top:
        _head(visit, known, more)
        shell.stale_notice(visit.edition)
        shell.needs_you(
            needs(known, decided, set(visit.pages), judged_on),
            visit,
            "Nothing about this partner needs you",
            unfiltered={},
        )
        shell.strip(figures(known, rules))
    if tab == EVIDENCE:
        evidence.show(visit, known, rules, shown)
    elif tab == DELIVERY:
        delivery.show(known)
    elif tab == PEOPLE:
        terms.show_people(known, visit.imprint.as_of, judged_on)
    elif tab == CONTRACTS:
        terms.show_contracts(known, visit.imprint.as_of, judged_on)
    elif tab == SCORE:
        score.show(known, rules, leads_to_rows=EVIDENCE in offered)
    else:
        history.show(known, rules, decided, visit.imprint.as_of)


def _tab(offered: Sequence[str]) -> str:
    """The part of the page to show, in the address by its key: Streamlit binds what it displays."""
    asked = st.query_params.get("tab")
    if "tab" not in st.session_state and asked in offered:
        st.session_state["tab"] = asked
    if st.session_state.get("tab") not in offered:
        st.session_state["tab"] = SCORE
    chosen = st.segmented_control(
        "Part of the page",
        offered,
        required=True,
        format_func=lambda key: TITLES[key],
        key="tab",
        label_visibility="collapsed",
    )
    tab = chosen or SCORE
    # Only what differs from what the address says: a rewritten address is one more step back.
    if tab != (asked or SCORE):
        st.query_params["tab"] = tab
    return tab


def _decided(visit: shell.Visit, known: Dossier) -> list[Decision]:
    """What people decided of this partner, as the ledger has it now; nothing while it is away."""
    try:
        return [d for d in decisions(visit.settings) if d.partner_id == known.who.partner_id]
    except LedgerUnavailableError:
        return []


def _head(visit: shell.Visit, known: Dossier, more: dict[str, Callable[[], pd.DataFrame]]) -> None:
    tables: dict[str, Callable[[], pd.DataFrame]] = {
        **more,
        "metrics": lambda: known.metrics,
        "scorecards": lambda: known.weeks,
    }
    for name, rows in (
        ("gates", known.gates),
        ("recommendations", known.recommendations),
        ("health", known.health),
        ("tiers", known.tiers),
        ("terms", known.terms),
    ):
        if rows is not None:
            tables[name] = lambda rows=rows: rows  # type: ignore[misc]
    shell.head(
        str(known.who.partner_name),
        visit,
        shell.Takeaway(f"partner-{known.who.partner_id}-{visit.imprint.version}", tables),
        definitions(visit.edition, known),
        beside=_beside(known),
    )


def definitions(edition: published.Edition, known: Dossier) -> dict[str, str]:
    """What the page's numbers mean: its metrics by label, then scores, gates and health."""
    meanings = published.metric_definitions(edition)
    labels = known.metrics.drop_duplicates("metric_key", keep="last").sort_values("label")
    found = {
        row.label: meanings[row.metric_key] for row in records(labels) if row.metric_key in meanings
    }
    for mart, columns in (
        ("fct_tier_score", {"Weighted score": "weighted_score", "Coverage": "coverage"}),
        ("fct_tier_gate", {"Gate, gap": "gap"}),
        (
            "fct_tier_recommendation",
            {"Robustness": "robustness", "Concentration": "concentration"},
        ),
        ("fct_partner_health", {"Health": "health_score"}),
        ("fct_si_quality", {"SI quality": "si_quality_score"}),
    ):
        said = published.definitions(edition, mart)
        found |= {term: said[column] for term, column in columns.items() if column in said}
    return found


def _beside(known: Dossier) -> Html:
    """Tier, type, region, country, since when, and who looks after it."""
    who = known.who
    place = ", ".join(str(part) for part in (who.region, who.country) if not words.is_absent(part))
    parts = [
        words.title(str(who.partner_type)),
        place,
        "" if words.is_absent(who.signed_on) else f"since {who.signed_on:%b %Y}",
        "" if words.is_absent(who.partner_manager) else f"manager {who.partner_manager}",
        str(who.partner_id),
        "" if who.status == "active" else f"{words.spelled(str(who.status))} in the CRM",
    ]
    other = tag("a", "another partner", href=shell.address("partner"), target="_self")
    line = join([*(tag("bdi", part) for part in parts if part), other], " · ")
    return join([marks.tier_chip(who.current_tier), " ", tag("span", line, class_="who")])


def needs(
    known: Dossier, decided: Sequence[Decision], paths: set[str], judged_on: date
) -> list[shell.Need]:
    """What somebody should act on, most pressing first; quarters are judged before `judged_on`."""
    found = []
    last = facts.latest_recommendation(known)
    if last is not None and is_waiting(last, decided):
        on = words.day_within(last.quarter_end, known.now.period_start)
        lead: dict[str, Any] = (
            {"path": "tier-changes"} if "tier-changes" in paths else {"filters": {"tab": HISTORY}}
        )
        said = words.movement(last.action, last.recommended_tier)
        found.append(shell.Need(said, f"waits for a decision since {on}", **lead))
    if last is not None and last.action == "warn":
        on = words.day_within(last.quarter_end, known.now.period_start)
        rest = f"of the gates of {words.title(str(last.current_tier))} on {on}"
        found.append(shell.Need("First miss", rest, filters={"tab": HISTORY}))
    findings = facts.metric_now(known, "critical_findings")
    if findings is not None and not words.is_absent(findings.value) and findings.value > 0:
        count = words.counted(int(findings.value), "critical finding")
        found.append(shell.Need(count, "open", filters=evidence.asked_for(findings)))
    if findings is not None and findings.status == "measured" and words.is_absent(findings.value):
        found.append(shell.Need("No assessment", "in force", filters=evidence.asked_for(findings)))
    contract = facts.metric_now(known, "active_contract")
    if contract is not None and contract.value == 0:
        found.append(shell.Need("No contract", "in force", filters=evidence.asked_for(contract)))
    found += _lapsing(known, judged_on)
    if last is not None and _is_near(last.demotion_risk_on, known):
        on = words.day_within(last.demotion_risk_on, known.now.period_start)
        verb = "broke" if last.demotion_risk_on < known.now.period_end else "breaks"
        gate = f"A gate of {words.title(str(last.current_tier))}"
        found.append(shell.Need(gate, f"{verb} on {on}", filters={"tab": SCORE}))
    return found


def _is_near(day: Any, known: Dossier) -> bool:
    """Whether a day comes within as many weeks as the page looks back."""
    return not words.is_absent(day) and day < known.now.period_end + timedelta(weeks=WEEKS)


def _lapsing(known: Dossier, judged_on: date) -> list[shell.Need]:
    """What ends before the quarter is judged: contracts, the assessment, certificates."""
    last_day = words.day_within(judged_on - timedelta(days=1), known.now.period_start)
    found = []
    for kind, tab in (("contract", CONTRACTS), ("assessment", CONTRACTS), ("certificate", PEOPLE)):
        number = len(terms.lapsing(known, kind, judged_on))
        if number:
            rest = f"{'lapses' if number == 1 else 'lapse'} by {last_day}, when tiers are judged"
            found.append(shell.Need(words.counted(number, kind), rest, filters={"tab": tab}))
    return found


def is_waiting(recommendation: Any, decided: Sequence[Decision]) -> bool:
    """Whether it asks for a decision that nobody has taken for good."""
    final = {d.recommendation for d in decided if d.is_final}
    return recommendation.action in _MOVES and recommendation.recommendation_id not in final


def figures(known: Dossier, rules: Programme) -> list[shell.Figure]:
    """The numbers beneath the head."""
    now = known.now
    change = words.score_change(exact(now.weighted_score), exact(now.weighted_score_13_weeks_ago))
    return [
        shell.Figure(
            "Weighted score",
            words.score(exact(now.weighted_score)),
            join([marks.change(change), f" in {WEEKS} weeks"]),
            f"of {words.number(rules.score_maximum)}",
        ),
        _trend(known),
        *_health(known, rules),
        *_si_quality(known),
        _sourced(known, rules),
        _coverage(known),
    ]


def _trend(known: Dossier) -> shell.Figure:
    scores = [exact(value) for value in known.weeks["weighted_score"].tail(WEEKS + 1)]
    line = gates.next_line(known)
    label = f"{WEEKS} weeks" + (f", {line[0]} line at {words.score(line[1])}" if line else "")
    said = f"Weighted score over {label}, now {words.score(scores[-1])}"
    drawn = marks.sparkline(
        [None if value is None else float(value) for value in scores],
        said,
        None if line is None else float(line[1]),
    )
    return shell.Figure(label, "", drawn)


def _health(known: Dossier, rules: Programme) -> list[shell.Figure]:
    row = facts.weekly(known, known.health)
    if row is None:
        return []
    before = facts.weekly(known, known.health, WEEKS)
    if words.is_absent(row.health_score):
        available = f"{words.count(row.points_available)} points available"
        return [shell.Figure("Health", words.ABSENT, f"too few: {available}")]
    chip = marks.health_chip(None, row.health_band, rules.tones.get(str(row.health_band)))
    note: str = f"{words.count(row.points_available)} points available"
    if before is not None and not words.is_absent(before.health_score):
        change = words.decimal(row.health_score - before.health_score)
        arrow = marks.change(change, pattern="{:.0f}")
        note = join([arrow, f" in {WEEKS} weeks"])
    return [shell.Figure("Health", words.count(row.health_score), note, chip)]


def _si_quality(known: Dossier) -> list[shell.Figure]:
    row = facts.weekly(known, known.si_quality)
    if row is None:
        return []
    live = words.counted(int(row.live_projects or 0), "live project")
    if words.is_absent(row.si_quality_score):
        return [
            shell.Figure("SI quality", words.ABSENT, f"{words.status(str(row.status))}: {live}")
        ]
    before = facts.weekly(known, known.si_quality, WEEKS)
    then = None if before is None else exact(before.si_quality_score)
    change = words.points_change(exact(row.si_quality_score), then)
    note: str = live
    if change is not None:
        note = join([live, " · ", marks.change(change, pattern="{:.1f}")])
    return [shell.Figure("SI quality", words.points(exact(row.si_quality_score)), note, "of 100")]


def _sourced(known: Dossier, rules: Programme) -> shell.Figure:
    sourced = facts.metric_now(known, "sourced_arr")
    influenced = facts.metric_now(known, "influenced_arr")
    if sourced is None:
        return shell.Figure("Sourced ARR, 12 months", words.ABSENT, "not in this programme")
    value = words.measure(exact(sourced.value), sourced.unit, rules.currency)
    if words.is_absent(sourced.value):
        why = facts.absence(sourced, known.who.partner_type, rules.absent_extracts)
        return shell.Figure("Sourced ARR, 12 months", value, why)
    note = words.counted(int(sourced.sample_size or 0), "deal")
    if influenced is not None and not words.is_absent(influenced.value):
        shown = words.measure(exact(influenced.value), influenced.unit, rules.currency)
        note += f" · influenced {shown}"
    return shell.Figure(
        "Sourced ARR, 12 months", value, note, definition=rules.meanings.get("sourced_arr")
    )


def _coverage(known: Dossier) -> shell.Figure:
    count, of, rare = facts.measured(known)
    note = f"{count} of {of} measured" + (f", {rare} rare without events" if rare else "")
    if known.now.is_below_coverage_floor:
        note = join([tag("span", "under the floor", class_="watch"), f" · {note}"])
    return shell.Figure("Coverage", words.percent(known.now.coverage, places=0), note)
