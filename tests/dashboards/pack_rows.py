"""Rows a pack reads beside those of the partner's page: deals, reviews, items, promises, money."""

from pathlib import Path

import duckdb
from partner_rows import MERIDIAN

OTHER = "Northwind Labs"
REVIEW = "rvw-2"
ITEMS = (
    ("open-ask", REVIEW, "ask", "Sandbox quota for the billing integration", "us", False),
    ("late-ask", "rvw-1", "ask", "Two people for the pilot in Austria", "partner", True),
    ("names-other", "rvw-1", "ask", f"Ask {OTHER} for their price list", "both", False),
    ("speaks", "rvw-1", "risk", "Our margin on the renewals is thin", "us", False),
    ("own-name", "rvw-1", "risk", "Meridian Digital moves office in May", "partner", False),
    ("roadmap", "rvw-1", "roadmap", "=SUM(A1) on the #import roadmap", "both", False),
    ("carried", "rvw-1", "action", "Renew the certificates", "partner", True),
    ("left", "rvw-1", "action", "Left out by somebody", "us", False),
    ("win", "rvw-1", "win", "First joint customer in Insurance", "both", False),
    ("done", "rvw-1", "action", "Sent the account plan", "us", False),
)
_CLOSED = {"win": "done", "done": "done"}

_TABLES = f"""
create table marts.dim_account as
select * from (values
    ('acc-1', 'Duarte Pharma'), ('acc-2', 'Kiosk of {OTHER}'), ('acc-3', 'Bleakley Foods')
) as t (account_id, account_name);

create table marts.dim_opportunity as
select opportunity_id, opportunity_id as opportunity_name, account_id, 'new' as opportunity_type,
    stage, phase, timestamp '2026-01-01' as created_at
from (values
    ('opp-1', 'acc-1', 'Proposal', 'qualified'), ('opp-2', 'acc-2', 'Discovery', 'open'),
    ('opp-3', 'acc-1', 'Closed Won', 'won'), ('opp-4', 'acc-3', 'Closed Won', 'won'),
    ('opp-5', 'acc-2', 'Closed Won', 'won')
) as t (opportunity_id, account_id, stage, phase);

create table marts.fct_attribution_outcome as
select '{MERIDIAN}' as partner_id, t.*
from (values
    ('opp-1', 'sourced', 5000000::bigint, false, false, null::date),
    ('opp-2', 'influenced', 2500000, false, false, null),
    ('opp-3', 'sourced', 10000000, true, true, date '2026-09-30'),
    ('opp-4', 'influenced', 7000000, true, true, date '2026-10-01'),
    ('opp-5', 'sourced', 3000000, true, true, date '2026-11-15')
) as t (opportunity_id, outcome, amount_cents, is_won, is_closed, closed_on)
union all
select 'prt-900', 'opp-1', 'influenced', 5000000, false, false, null;

create table marts.fct_pipeline_hygiene as
select '{MERIDIAN}' as partner_id, t.*
from (values
    ('opp-1', 5000000::bigint, 'Proposal', 91, date '2026-08-01', date '2026-12-31',
     'next_step', true),
    ('opp-2', 2500000, 'Discovery', 3, date '2026-11-12', date '2027-01-01', null, false)
) as t (opportunity_id, amount_reporting_cents, stage, days_open, last_touched_on,
    expected_close_on, missing_fields, is_stuck);

insert into marts.fct_tier_score by name
select '{MERIDIAN}' as partner_id, 'quarter' as period_kind, date '2026-07-01' as period_start,
    date '2026-10-01' as period_end;

create table marts.fct_sla_weekly as
select '{MERIDIAN}' as partner_id, 'first_response' as kind, 'gold' as tier,
    date '2026-11-02' as period_start, 4 as promised, 2 as within, 1 as breached, 1 as pending,
    'tic-7' as breached_ids, 30 as handling_minutes, 3750::bigint as support_cost_cents;

create table marts.fct_business_review as
select '{MERIDIAN}' as partner_id, t.*, 'Ana Brandt' as attendees
from (values
    ('rvw-1', timestamp '2026-09-01 09:00:00', 'held'),
    ('{REVIEW}', timestamp '2026-12-03 10:00:00', 'upcoming')
) as t (review_id, scheduled_at, state);

create table marts.fct_review_item (
    partner_id varchar, item_id varchar, review_id varchar, kind varchar, text varchar,
    owner_side varchar, due_on date, status varchar, is_open boolean, is_overdue boolean,
    carried_to_review_id varchar, ledger_state varchar, decided_by varchar, decided_at timestamp,
    note varchar
);

create table marts.fct_partner_margin_monthly as
select '{MERIDIAN}' as partner_id, date '2026-10-01' as month, 1000000::bigint as net_cents,
    300000::bigint as cogs_cents, 100000::bigint as commissions_cents, 0::bigint as support_cents,
    0::bigint as mdf_cents, 0::bigint as partner_team_cents, 0::bigint as onboarding_cents,
    0::bigint as tooling_cents, 600000::bigint as contribution_margin_cents;
"""


def add_pack_marts(path: Path) -> None:
    """Give a published file of the partner's page what a pack reads beside."""
    with duckdb.connect(path) as connection:
        connection.execute(_TABLES)
        connection.execute(
            "insert into marts.dim_partner by name "
            f"select 'prt-900' as partner_id, '{OTHER}' as partner_name, 'si' as partner_type"
        )
        for key, review, kind, text, side, is_overdue in ITEMS:
            connection.execute(
                "insert into marts.fct_review_item values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "?, null, ?)",
                [
                    MERIDIAN,
                    key,
                    review,
                    kind,
                    text,
                    side,
                    "2026-10-01" if is_overdue else "2026-12-31",
                    _CLOSED.get(key, "open"),
                    key not in _CLOSED,
                    is_overdue,
                    REVIEW,
                    "left_out" if key == "left" else None,
                    "Ana Brandt" if key == "left" else None,
                    "They asked us to drop it" if key == "left" else None,
                ],
            )
