"""The models of attribution against the rules told once more in plain Python, row by row."""

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from attribution_oracle import Portfolio, Rules, credit, since
from attribution_portfolios import AS_OF_END, portfolio
from attribution_warehouse import build

PORTFOLIOS = 300
MOMENT = timedelta(microseconds=1)


def bare(whole: Portfolio) -> Portfolio:
    """What is left of a portfolio's events where only the last of each kind is kept."""
    return replace(
        whole,
        registrations=[
            replace(claim, events=tuple({e.event: e for e in claim.events}.values()))
            for claim in whole.registrations
        ],
    )


@pytest.fixture(scope="module", params=["recorded events", "bare timestamps"])
def told(request, tmp_path_factory):
    """The portfolios, the rules for them, and the built warehouse."""
    has_events = request.param == "recorded events"
    portfolios = [portfolio(number) for number in range(PORTFOLIOS)]
    if not has_events:
        portfolios = [bare(whole) for whole in portfolios]
    path = build(tmp_path_factory.mktemp("oracle"), portfolios, AS_OF_END, has_events=has_events)
    with duckdb.connect(path, read_only=True) as connection:
        yield portfolios, Rules(AS_OF_END, has_events), connection


def facts(whole: Portfolio) -> list:
    return [t.touched_at for t in whole.touches] + [
        c.responded_at for c in whole.registrations if c.responded_at is not None
    ]


def test_every_deal_goes_to_the_partner_the_rules_name_and_for_their_reason(told):
    portfolios, rules, connection = told
    expected = set()
    for whole in portfolios:
        for deal in whole.deals:
            is_closed = deal.is_closed and (deal.closed_at is None or deal.closed_at < AS_OF_END)
            closed_on = deal.closed_at.date() if is_closed and deal.closed_at else None
            for partner, said in rules.outcomes(whole, deal, AS_OF_END).items():
                expected.add(
                    (
                        deal.opportunity_id,
                        partner,
                        *said,
                        deal.cents,
                        credit(said[0], deal.cents),
                        is_closed and deal.is_won,
                        is_closed,
                        since(rules, whole, deal, partner, facts(whole)),
                        closed_on,
                    )
                )
    rows = connection.execute(
        """
        select opportunity_id, partner_id, outcome, reason, sourced_failure, amount_cents,
            credit_cents, is_won, is_closed, since_at, closed_on
        from marts.fct_attribution_outcome
        """
    ).fetchall()
    assert len(rows) == len(expected)
    assert set(rows) == expected


def test_every_registration_stands_where_its_events_have_brought_it(told):
    portfolios, rules, connection = told
    expected = set()
    for whole in portfolios:
        rulings = rules.rulings(whole)
        for claim in whole.registrations:
            if claim.submitted_at >= AS_OF_END:
                continue
            matched = rules.match(whole, claim, AS_OF_END)
            status, ended_at = rules.status(claim)
            expected.add(
                (
                    claim.registration_id,
                    whole.fact_partner(claim.partner_id),
                    claim.account_id,
                    claim.opportunity_id or (matched.opportunity_id if matched else None),
                    status,
                    claim.submitted_at.date(),
                    ended_at.date() if ended_at else None,
                    rules.is_within_target(claim),
                    rulings.get(claim.registration_id),
                )
            )
    rows = connection.execute(
        """
        select registration_id, partner_id, account_id, opportunity_id, status, valid_from,
            valid_until, is_within_target, ruling
        from marts.fct_deal_registration
        """
    ).fetchall()
    assert len(rows) == len(expected)
    assert set(rows) == expected


def test_a_partner_sources_a_deal_by_a_registration_that_fails_no_rule(told):
    portfolios, rules, connection = told
    sources = {
        (deal.opportunity_id, partner)
        for whole in portfolios
        for deal in whole.deals
        for partner, (outcome, *_) in rules.outcomes(whole, deal, AS_OF_END).items()
        if outcome == "sourced"
    }
    rows = connection.execute(
        """
        select opportunity_id, partner_id
        from marts.fct_sourcing_test
        group by opportunity_id, partner_id, registration_id
        having bool_and(coalesce(is_passed, true)) and bool_or(rule = 'precedence' and is_passed)
        """
    ).fetchall()
    assert sources
    assert set(rows) == sources
    assert len(rows) == len(sources)
    asked = connection.execute(
        """
        select rule, count(distinct coalesce(is_passed::varchar, '?'))
        from marts.fct_sourcing_test
        where finding is not null
        group by rule
        order by min(position)
        """
    ).fetchall()
    assert asked == [
        ("approved_and_valid_at_creation", 2),
        ("submitted_before_creation", 2),
        ("submitted_before_first_touch", 2),
        ("no_direct_engagement", 3),
        ("precedence", 3),
    ]


def instants(whole: Portfolio) -> list:
    """Ends at which to look: every fact, the moment before it and the one after."""
    told_at = [
        *facts(whole),
        *(c.submitted_at for c in whole.registrations),
        *(d.created_at for d in whole.deals),
        *(d.closed_at for d in whole.deals if d.closed_at is not None),
        *(e.occurred_at for c in whole.registrations for e in c.events),
        *(e.occurred_at + timedelta(days=30) for c in whole.registrations for e in c.events),
        AS_OF_END,
    ]
    return sorted({at + step for at in told_at for step in (-MOMENT, timedelta(), MOMENT)})


def state_at(spans: list, end) -> set:
    """What of (name, from, until) spans holds at an exclusive end."""
    return {name for name, begun, ended in spans if begun < end and (ended is None or ended >= end)}


def spans_by_deal(connection: duckdb.DuckDBPyConnection, query: str) -> dict:
    spans: dict = {}
    for opportunity, name, begun, ended in connection.execute(query).fetchall():
        spans.setdefault(opportunity, []).append((name, begun, ended))
    return spans


def test_the_outcome_of_any_past_week_is_what_was_known_then(told):
    portfolios, rules, connection = told
    spans = spans_by_deal(
        connection,
        """
        select opportunity_id, partner_id || ' ' || outcome, since_at, until_at
        from metrics.int_attribution__outcome_spans
        """,
    )
    for whole in portfolios:
        for end in (at for at in instants(whole) if at <= AS_OF_END):
            for deal in whole.deals:
                expected = {
                    f"{partner} {outcome}"
                    for partner, (outcome, *_) in rules.outcomes(whole, deal, end).items()
                    if outcome != "not_attributed"
                }
                assert state_at(spans.get(deal.opportunity_id, []), end) == expected, (deal, end)


def test_the_open_pipeline_of_any_past_week_is_what_was_claimed_then(told):
    portfolios, rules, connection = told
    spans = spans_by_deal(
        connection,
        "select opportunity_id, partner_id, from_at, until_at from metrics.int_pipeline__claims",
    )
    for whole in portfolios:
        for end in (at for at in instants(whole) if at <= AS_OF_END):
            for deal in whole.deals:
                held = state_at(spans.get(deal.opportunity_id, []), end)
                assert held == rules.pipeline(whole, deal, end), (deal, end)


def test_the_portfolios_hold_every_outcome_failure_and_status(told):
    _, _, connection = told
    counts = connection.execute(
        """
        select
            (select count(distinct reason) from marts.fct_attribution_outcome),
            (select count(distinct sourced_failure) from marts.fct_attribution_outcome),
            (select count(distinct status) from marts.fct_deal_registration)
        """
    ).fetchone()
    assert counts == (6, 7, 8)
