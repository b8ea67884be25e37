"""The Score tab: criteria against the rubric, the bridge, gates, risk, path and health."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboards import shell, words
from dashboards.charts import ladders, marks
from dashboards.charts.bridge import score_bridge
from dashboards.dossier import facts, gates
from dashboards.dossier.facts import DIMENSIONS, WEEKS, bridge_steps, exact
from dashboards.dossier.programme import Programme
from dashboards.frames import records
from dashboards.markup import Column, Group, Html, join, table, tag
from dashboards.queries.partner import Dossier
from dashboards.views.partner import evidence


def show(known: Dossier, programme: Programme, *, leads_to_rows: bool) -> None:
    """Ladders and bridge on the left, gates, risk and health on the right."""
    main, aside = st.columns([2, 1], gap="large")
    with main:
        shell.section(
            "Criteria against the rubric",
            "Each cell is one band of the rubric with its line above; the bar is now, the ring is "
            f"{WEEKS} weeks ago.",
        )
        st.html(ladder_table(known, programme, leads_to_rows=leads_to_rows))
        st.html(tag("p", score_said(known), class_="quiet"))
        _bridge(known)
    with aside:
        _gates(known, programme, leads_to_rows=leads_to_rows)
        _risk(known)
        _health(known, programme)


def score_said(known: Dossier) -> str:
    """How the criteria make the weighted score: 3.01 = 30% × 2.00 + 40% × 3.50 + …"""
    parts = [
        f"{words.percent(row.effective_weight)} × {words.score(row.score)}"
        for row in facts.in_order(known.of_week(known.criteria))
        if not words.is_absent(row.score)
    ]
    if not parts:
        return "Nothing is measured, so there is no weighted score."
    whole = words.score(known.now.weighted_score)
    return (
        f"Weighted score {whole} = {' + '.join(parts)}, scores cut to two decimals. A criterion is "
        "the mean of the scores of its measured metrics, by their weights."
    )


def ladder_table(known: Dossier, programme: Programme, *, leads_to_rows: bool) -> Html:
    """Every scored metric on its ladder, by criterion with its weight, score and change.

    With `leads_to_rows` a metric's name leads to the source rows behind it.
    """
    now = facts.scored(known.of_week(known.metrics))
    then = {row.metric_key: row for row in records(known.of_week(known.metrics, WEEKS))}
    before = {row.criterion: row for row in records(known.of_week(known.criteria, WEEKS))}
    steps = {programme.rubric(row).steps for row in records(now)}
    shared = next(iter(steps)) if len(steps) == 1 else None
    bodies = []
    for criterion in facts.in_order(known.of_week(known.criteria)):
        rows = [_criterion_row(criterion, before.get(criterion.criterion))]
        metrics = now[now["criterion"].eq(criterion.criterion)].sort_values("label")
        is_for_others = metrics["status"].eq("not_applicable")
        rows += [
            _metric_row(
                row,
                then.get(row.metric_key),
                known,
                programme,
                label=_name(row, known, is_link=leads_to_rows),
            )
            for row in records(metrics[~is_for_others])
        ]
        if is_for_others.any():
            rows.append(_for_others(metrics.loc[is_for_others, "label"].tolist()))
        bodies.append(tag("tbody", *rows))
    scale = "Bands" if shared is None else _scale(shared)
    head = tag(
        "tr",
        tag("th", "Metric", scope="col"),
        tag("th", scale, scope="col", class_="on-ladder"),
        tag("th", "Value", scope="col", class_="number"),
        tag("th", f"0–{words.number(programme.score_maximum)}", scope="col", class_="number"),
        tag("th", "To the next band", scope="col", class_="gap"),
    )
    caption = tag("caption", "Metrics against their bands", class_="unseen")
    whole = tag("table", caption, tag("thead", head), *bodies)
    return tag("div", whole, class_="table ladders")


def _scale(steps: int) -> Html:
    return tag("span", *(tag("span", str(step)) for step in range(steps)), class_="scale")


def _criterion_row(criterion: Any, before: Any) -> Html:
    weight = words.percent(criterion.weight)
    counts = words.percent(criterion.effective_weight)
    is_spread = counts != weight and not words.is_absent(criterion.score)
    said = f" · weight {weight}" + (f", counts {counts}" if is_spread else "")
    change = words.score_change(criterion.score, before.score if before else None)
    score = (
        tag("span", "not measured", class_="quiet")
        if words.is_absent(criterion.score)
        else join([tag("b", words.score(criterion.score)), " ", marks.change(change)])
    )
    return tag(
        "tr",
        tag(
            "th",
            tag("b", words.title(criterion.criterion)),
            tag("span", said, class_="quiet"),
            scope="rowgroup",
            colspan="2",
        ),
        tag("td", score, class_="number", colspan="3"),
        class_="group",
    )


def _metric_row(now: Any, then: Any, known: Dossier, programme: Programme, *, label: str) -> Html:
    rubric = programme.rubric(now)
    value, before = exact(now.value), exact(then.value) if then else None
    is_stale = bool(now.is_stale) and value is not None
    if value is None:
        why = facts.absence(now, known.who.partner_type, programme.absent_extracts)
        drawn, shown = marks.absence(why), words.ABSENT
        is_zero = not words.is_absent(now.rubric_score)
        gap = "scored once there is one" if is_zero else facts.LEFT_OUT
    else:
        drawn = ladders.draw(rubric, now.label, value, before, programme.currency)
        gap = ladders.gap(rubric, value, programme.currency)
        shown = ladders.measure(rubric, value, programme.currency)
    cells = [shown, tag("span", "stale", class_="sub watch")] if is_stale else [shown]
    return tag(
        "tr",
        tag("th", label, scope="row", title=programme.meanings.get(now.metric_key)),
        tag("td", drawn, class_="on-ladder"),
        tag("td", *cells, class_="number value"),
        tag("td", words.number(now.rubric_score), class_="number rubric"),
        tag("td", gap, class_="gap"),
        class_="absent" if value is None else None,
    )


def _name(metric: Any, known: Dossier, *, is_link: bool) -> str:
    label = str(metric.label)
    if not is_link:
        return label
    asked = evidence.asked_for(metric)
    href = shell.address("partner", partner=str(known.who.partner_id), **asked)
    return tag("a", label, href=href, target="_self", class_="to-rows")


def _for_others(labels: list[str]) -> Html:
    said = f"Not scored for this type of partner: {words.listed(labels)}."
    return tag("tr", tag("td", said, colspan="5", class_="quiet for-others"))


def _bridge(known: Dossier) -> None:
    end = known.now.period_start
    start = end - timedelta(weeks=WEEKS)
    title = f"Score bridge, week of {words.day_within(start, end)} → {words.day_within(end, end)}"
    rows = known.bridge
    if rows is None:
        shell.section(title)
        shell.state("This version was published before bridges were made.")
        return
    rows = rows[rows["period_end"].eq(known.now.period_end)]
    before, after = exact(known.now.weighted_score_13_weeks_ago), exact(known.now.weighted_score)
    if rows.empty or before is None or after is None:
        shell.section(title)
        shell.state(f"There is no score of {WEEKS} weeks ago to lead from.")
        return
    steps = bridge_steps(known, rows)
    change = words.score_change(after, before) or Decimal(0)
    sign = words.MINUS if change < 0 else "+"
    shell.section(
        title,
        f"{words.score(before)} {sign} {abs(change)} = {words.score(after)}, exactly. Criteria are "
        "what the partner did, rules is what we changed, weight is what moved because a criterion "
        "became or ceased to be measured.",
    )
    tier = gates.next_line(known)
    st.plotly_chart(
        score_bridge(
            steps,
            (words.day_within(start, end), before),
            (words.day_within(end, end), after),
            tier,
        ),
        config={"displayModeBar": False},
        theme=None,
        alt=f"Bridge of the weighted score from {words.score(before)} to {words.score(after)}: "
        + ", ".join(f"{label} {words.delta(change)}" for label, change in steps),
    )


def _gates(known: Dossier, programme: Programme, *, leads_to_rows: bool) -> None:
    """The gates of the tier above, after those of its own tier where one of these does not hold."""
    current = facts.tier_now(known)
    above = programme.next_tier(current)
    with st.container(border=True, key="gates"):
        if known.gates is None:
            shell.section("Gates")
            shell.state("This version was published before gates were judged.")
            return
        own = gates.gate_groups(known, current or "")
        if above is None or not all(gates.is_group_met(group) for group in own):
            _gate_table(known, programme, str(current), "of", leads_to_rows=leads_to_rows)
        if above is not None:
            _gate_table(known, programme, above, "to", leads_to_rows=leads_to_rows)
        _path(known)


def _gate_table(
    known: Dossier, programme: Programme, tier: str, way: str, *, leads_to_rows: bool
) -> None:
    groups = gates.gate_groups(known, tier)
    shell.section(f"Gates {way} {words.title(tier)}")
    if not groups:
        shell.state("The programme sets no gates for it.")
        return
    st.html(tag("p", gates.gates_said(groups, is_own=way == "of"), class_="quiet"))
    columns = (
        Column("Gate"),
        Column("Now", is_number=True),
        Column("Needs", is_number=True),
        Column(""),
    )
    lines = [
        [
            join([_gate_name(line, known, is_link=leads_to_rows), _or(line)]),
            tag("b", line.actual),
            line.required,
            marks.judged(line.judgement, line.said),
        ]
        for group in groups
        for line in gates.gate_lines(group, programme)
    ]
    st.html(table(columns, [Group(lines)], caption=f"Gates {way} {words.title(tier)}"))


def _or(line: gates.GateLine) -> Html:
    return tag("span", " or", class_="quiet") if line.has_more else Html("")


def _gate_name(line: gates.GateLine, known: Dossier, *, is_link: bool) -> str:
    metric = facts.metric_now(known, line.gate)
    return line.label if metric is None else _name(metric, known, is_link=is_link)


def _path(known: Dossier) -> None:
    last = facts.latest_recommendation(known)
    if last is None:
        return
    steps = [] if known.path is None else facts.path_steps(known, last.quarter_end)
    cheapest = "" if words.is_absent(last.cheapest_path) else str(last.cheapest_path)
    if not steps and not cheapest:
        return
    on = words.day_within(last.quarter_end, known.now.period_start)
    st.html(tag("h3", f"Cheapest path{_path_to(known, last)}, as of {on}", class_="plain"))
    if cheapest and not steps:
        st.html(tag("p", cheapest))
    if steps:
        st.html(tag("ol", *(tag("li", step) for step in steps), class_="steps"))


def _path_to(known: Dossier, last: Any) -> str:
    if known.path is None:
        return ""
    tiers = known.path["tier"][known.path["quarter_end"].eq(last.quarter_end)]
    return "" if tiers.empty else f" to {words.title(str(tiers.iloc[0]))}"


def _risk(known: Dossier) -> None:
    with st.container(border=True, key="risk"):
        shell.section("What would break it")
        last = facts.latest_recommendation(known)
        if known.recommendations is None:
            shell.state("This version was published before risks were dated.")
        elif last is None:
            shell.state("No quarter has ended since it joined.")
        elif words.is_absent(last.demotion_risk_on):
            tier = words.title(str(last.current_tier))
            st.html(tag("p", f"Nothing with a date breaks a gate of {tier}.", class_="quiet"))
        else:
            on = words.day_within(last.demotion_risk_on, known.now.period_start)
            is_past = last.demotion_risk_on < known.now.period_end
            heading = "First gate to break, now past: " if is_past else "First gate to break: "
            first = tag("p", heading, tag("b", on), class_="quiet")
            st.html(join([first, tag("p", str(last.demotion_risk))]))


def _health(known: Dossier, programme: Programme) -> None:
    row = facts.weekly(known, known.health)
    with st.container(border=True, key="health"):
        if known.health is None:
            shell.section("Health")
            shell.state("This version was published before health was measured.")
            return
        if row is None:
            shell.section("Health")
            shell.state("There is no health for its latest week.")
            return
        st.html(tag("h2", *facts.health_heading(row, programme)))
        available = words.count(row.points_available)
        number = sum(not words.is_absent(getattr(row, f"{d}_points")) for d in DIMENSIONS)
        st.html(
            tag(
                "p",
                f"{number} of {len(DIMENSIONS)} dimensions measured, {available} points available",
                class_="quiet",
            )
        )
        said = facts.health_facts(row, programme.currency)
        most = max([*programme.health_points.values(), 1])
        st.html(
            tag(
                "dl",
                *(_dimension(d, row, said[d], programme, most) for d in DIMENSIONS),
                class_="dims",
            )
        )


def _dimension(dimension: str, row: Any, fact: str, programme: Programme, most: int) -> Html:
    points, of = getattr(row, f"{dimension}_points"), programme.health_points.get(dimension, 0)
    if words.is_absent(points):
        number: str = tag("span", "not measured", class_="quiet")
        bar = Html("")
    else:
        number = join([tag("b", words.count(points)), f" of {of}"])
        bar = marks.points_bar(int(points), of, most, f"{words.count(points)} of {of} points")
    return tag(
        "div",
        tag("dt", words.title(dimension)),
        tag("dd", bar, class_="drawn"),
        tag("dd", number, class_="number"),
        tag("dd", fact, class_="fact"),
    )
