"""The week of a version: what moved in it, what waits for somebody, what is to come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.queries import money, published, tiers
from dashboards.queries.published import (
    Edition,
    Imprint,
    UnreadableEdition,
    frame,
    has,
    imprint,
)
from warehouse.settings import Settings

REVIEW_DAYS = 14
CLAIM_DAYS = 31
"""Claims that end later wait for nobody."""
NOTABLE_MOVE = 10
"""Hundredths of a score: a smaller move of a week is not told by name."""

_MOVERS = """
select
    scorecard.partner_id,
    scorecard.partner_name,
    trunc(weighted_score * 100)::integer as hundredths,
    trunc(weighted_score_last_week * 100)::integer as hundredths_before,
    hundredths - hundredths_before as moved
from marts.mart_scorecard_weekly as scorecard
inner join quality.snapshot on snapshot.period_start = scorecard.period_start
where abs(hundredths - hundredths_before) >= $notable
order by abs(moved) desc, lower(scorecard.partner_name), scorecard.partner_id
"""

_MOVED_BY = """
with
    parts as (
        select
            part.partner_id,
            part.criterion,
            sum(
                case when part.period_end = snapshot.period_end then 1 else -1 end
                * coalesce(part.contribution, 0)
            ) as moved
        from marts.fct_criterion_score as part
        cross join quality.snapshot
        where part.period_kind = 'week'
            and part.period_end in (snapshot.period_end, snapshot.period_end - 7)
            and list_contains($partners, part.partner_id)
        group by part.partner_id, part.criterion
    )
select
    partner_id,
    arg_max(criterion, (moved, criterion)) as risen_most,
    arg_min(criterion, (moved, criterion)) as fallen_most
from parts
group by partner_id
"""

_HEALTH = """
with
    weeks as (
        select
            scorecard.partner_id,
            scorecard.partner_name,
            scorecard.period_start = snapshot.period_start as is_now,
            health_score,
            health_band
        from marts.mart_scorecard_weekly as scorecard
        cross join quality.snapshot
        where scorecard.period_start in (snapshot.period_start, snapshot.period_start - 7)
    )
select
    now.partner_id,
    now.partner_name,
    now.health_score,
    now.health_band,
    before.health_score as health_score_before,
    before.health_band as health_band_before
from weeks as now
inner join weeks as before on before.partner_id = now.partner_id and not before.is_now
where now.is_now and now.health_band <> before.health_band
order by
    abs(now.health_score - before.health_score) desc, lower(now.partner_name), now.partner_id
"""

_STANDING = """
select
    count(*) as partners,
    count(weighted_score) as scored,
    count(*) filter (where is_below_coverage_floor) as below_floor,
    quantile_disc(weighted_score, 0.5) as median,
    quantile_disc(weighted_score_last_week, 0.5) filter (where weighted_score is not null)
        as median_before
from marts.mart_scorecard_weekly as scorecard
inner join quality.snapshot on snapshot.period_start = scorecard.period_start
"""

_RECOMMENDED = """
select
    recommendation.recommendation_id,
    recommendation.partner_id,
    partner.partner_name,
    recommendation.quarter_end,
    recommendation.action,
    recommendation.current_tier,
    recommendation.recommended_tier,
    recommendation.robustness
from marts.fct_tier_recommendation as recommendation
inner join marts.dim_partner as partner on partner.partner_id = recommendation.partner_id
where recommendation.quarter_end
    = (select max(quarter_end) from marts.fct_tier_recommendation)
    and recommendation.action <> 'hold'
order by lower(partner.partner_name), recommendation.partner_id
"""

_LEAKS = """
select
    finding.finding_id,
    coalesce(checks.label, finding.check_key) as label,
    finding.amount_cents,
    finding.has_amount,
    finding.first_seen_on,
    date_diff('day', finding.first_seen_on, snapshot.as_of) as age_days,
    finding.finding_state
from marts.fct_leakage_check as finding
cross join quality.snapshot
left join policy.leakage_checks as checks
    on checks.check_key = finding.check_key
    and checks.valid_from <= snapshot.as_of
    and (checks.valid_to is null or snapshot.as_of < checks.valid_to)
where finding.state = 'leak'
order by finding.finding_id
"""

_DUE = """
select
    count(*) filter (where outstanding_cents > 0) as payouts,
    count(distinct partner_id) as partners,
    coalesce(sum(outstanding_reporting_cents), 0)::bigint as overdue_cents,
    min(payable_on) as first_payable_on
from marts.fct_payout_due
where is_overdue and outstanding_cents <> 0
"""

_MOTIONS = """
select count(*) as motions, max(quarter_end) as quarter_end
from marts.fct_kill_list
where is_listed and quarter_end = (select max(quarter_end) from marts.fct_kill_list)
"""

_CLAIMS = """
select
    registration.registration_id,
    registration.partner_id,
    registration.status,
    registration.submitted_at,
    registration.valid_until,
    registration.response_hours::double as response_hours,
    registration.is_within_target,
    registration.ruling
from marts.fct_deal_registration as registration
cross join quality.snapshot
where registration.status = 'pending'
    or registration.valid_until < snapshot.as_of + 1 + $ahead
    and registration.valid_until >= snapshot.as_of + 1
order by registration.submitted_at desc, registration.registration_id
"""

_TARGET = """
select value::integer as hours
from policy.registration_rules
cross join quality.snapshot
where setting = 'response_target_hours'
    and valid_from <= as_of
    and (valid_to is null or as_of < valid_to)
"""

_PROJECTS = """
select count(*) as projects, max(days_late) as most_days from marts.fct_project where is_late
"""

_INCIDENTS = """
select
    incident.entity_id as incident_id,
    incident.partner_id,
    partner.partner_name,
    incident.happened_at
from marts.fct_metric_evidence as incident
cross join quality.snapshot
inner join marts.dim_partner as partner on partner.partner_id = incident.partner_id
where incident.metric_key = 'incident_rate'
    and incident.entity = 'support.incidents'
    and incident.happened_at >= snapshot.period_start
    and incident.happened_at < snapshot.period_end
order by incident.happened_at desc, incident.entity_id
"""

_WON = """
select
    deal.opportunity_id,
    deal.opportunity_name,
    outcome.partner_id,
    partner.partner_name,
    outcome.outcome,
    deal.amount_reporting_cents as amount_cents,
    deal.closed_on
from marts.dim_opportunity as deal
cross join quality.snapshot
inner join marts.fct_attribution_outcome as outcome
    on outcome.opportunity_id = deal.opportunity_id
    and outcome.outcome in ('sourced', 'influenced')
inner join marts.dim_partner as partner on partner.partner_id = outcome.partner_id
where deal.is_won
    and deal.closed_on >= snapshot.period_start
    and deal.closed_on < snapshot.period_end
order by
    deal.amount_reporting_cents desc nulls last,
    deal.opportunity_id,
    outcome.outcome desc,
    outcome.credit_cents desc nulls last,
    outcome.partner_id
"""

_REVIEWS = """
select
    review.review_id,
    review.partner_id,
    coalesce(partner.partner_name, 'Unknown partner') as partner_name,
    partner.partner_manager,
    review.scheduled_at,
    review.pre_read_due_at,
    review.pre_read_state,
    review.state,
    review.open_items
from marts.fct_business_review as review
cross join quality.snapshot
left join marts.dim_partner as partner on partner.partner_id = review.partner_id
where review.scheduled_at >= snapshot.period_start
    and review.scheduled_at < snapshot.as_of + 1 + $days
order by review.scheduled_at, review.review_id
"""

_REVIEW_ITEMS = """
select item_id, partner_id, due_on
from marts.fct_review_item
where is_open and is_overdue
order by due_on, item_id
"""

_KPIS = """
with
    months as (
        select
            *,
            lag(status) over (partition by kpi_key order by period_start) as status_before
        from marts.mart_ecosystem_kpi
        where period_kind = 'month'
        qualify period_end = max(period_end) over ()
    )
select label, unit, value, target, target_high, direction, status, status_before, owner, period_end
from months
where status = 'off_target'
order by list_position(['growth', 'reliability', 'quality', 'efficiency'], family), position
"""

_PROMISES = """
select
    promise.partner_id,
    partner.partner_name,
    sum(promise.breached)::bigint as breached,
    sum(promise.promised)::bigint as promised
from marts.fct_sla_weekly as promise
inner join quality.snapshot on snapshot.period_start = promise.period_start
inner join marts.dim_partner as partner on partner.partner_id = promise.partner_id
group by promise.partner_id, partner.partner_name
having sum(promise.breached) > 0
order by breached desc, lower(partner.partner_name), promise.partner_id
"""

_STUCK = """
select
    onboarding.partner_id,
    partner.partner_name,
    onboarding.stage,
    onboarding.days_in_stage
from marts.fct_onboarding as onboarding
inner join marts.dim_partner as partner on partner.partner_id = onboarding.partner_id
where onboarding.is_stuck
order by onboarding.days_in_stage desc, lower(partner.partner_name), onboarding.partner_id
"""

_DIFFERENCES = """
select count(*) as sums, sum(abs(difference_cents))::bigint as difference_cents
from marts.fct_reconciliation
where difference_cents <> 0
"""

_CHECKS = """
select stage, dataset, check_name, column_name, is_blocking, message
from quality.checks
where not passed
order by is_blocking desc, stage desc, dataset, check_name, column_name
"""

_REFUSED = """
select
    system || '.' || entity as extract,
    system,
    entity,
    rows_in,
    rows_refused
from quality.entities
where rows_refused > 0
order by rows_refused desc, extract
"""

_REFUSED_FILES = """
select system, entity, path, reason
from quality.loads
where state = 'refused'
order by system, entity, path
"""


@dataclass(frozen=True)
class Week:
    """What a version knows of its latest week. A frame is None where the version cannot tell."""

    imprint: Imprint
    currency: str
    movers: pd.DataFrame
    """One row per partner whose shown score moved notably, those that moved most first."""
    standing: Any
    """Of all partners: partners, scored, below_floor, median, median_before."""
    health: pd.DataFrame | None
    """One row per partner in another health band than last week, those that moved most first."""
    recommended: pd.DataFrame | None
    """One row per partner of the latest quarter end that is not on hold."""
    without_contract: pd.DataFrame | None
    """One row per partner without a contract, as `tiers.without_contract` has them."""
    leaks: pd.DataFrame | None
    due: Any | None
    """Of overdue payouts: payouts, partners, overdue_cents, first_payable_on."""
    motions: Any | None
    differences: Any | None
    """Of sums that do not agree: sums, difference_cents."""
    claims: pd.DataFrame | None
    """One row per claim that waits or that ends within CLAIM_DAYS."""
    target: Any | None
    """In how many `hours` policy wants a claim answered; None where it does not say."""
    projects: Any | None
    incidents: pd.DataFrame | None
    won: pd.DataFrame | None
    """One row per deal won and partner credited, the largest deals first; of a deal the partner
    that sourced it, then by credit."""
    reviews: pd.DataFrame | None
    """One row per review from the week's first day until two weeks after the as-of date."""
    review_items: pd.DataFrame | None
    """One row per open item past its day, the oldest first."""
    kpis: pd.DataFrame | None
    """One row per indicator off its target in the latest month."""
    promises: pd.DataFrame | None
    """One row per partner to whom we broke a promise of the week."""
    stuck: pd.DataFrame | None
    """One row per partner stuck in onboarding, the longest first."""
    extracts: pd.DataFrame
    checks: pd.DataFrame
    """One row per check that failed."""
    refused: pd.DataFrame
    """One row per extract with rows refused."""
    refused_files: pd.DataFrame


@dataclass(frozen=True)
class Before:
    """What the version before could tell of its data."""

    imprint: Imprint
    checks: pd.DataFrame
    refused: pd.DataFrame
    refused_files: pd.DataFrame


_STATEMENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "movers": (_MOVERS, ()),
    "standing": (_STANDING, ()),
    "health": (_HEALTH, ("mart_scorecard_weekly.health_band",)),
    "recommended": (_RECOMMENDED, ("fct_tier_recommendation", "dim_partner")),
    "without_contract": (tiers.WITHOUT_CONTRACT, tiers.WITHOUT_CONTRACT_MARTS),
    "leaks": (_LEAKS, ("fct_leakage_check",)),
    "due": (_DUE, ("fct_payout_due",)),
    "motions": (_MOTIONS, ("fct_kill_list",)),
    "differences": (_DIFFERENCES, ("fct_reconciliation",)),
    "claims": (_CLAIMS, ("fct_deal_registration.routed_to",)),
    "target": (_TARGET, ("fct_deal_registration.routed_to",)),
    "projects": (_PROJECTS, ("fct_project",)),
    "incidents": (_INCIDENTS, ("fct_metric_evidence", "dim_partner")),
    "won": (_WON, ("dim_opportunity", "fct_attribution_outcome", "dim_partner")),
    "reviews": (_REVIEWS, ("fct_business_review", "dim_partner")),
    "review_items": (_REVIEW_ITEMS, ("fct_review_item",)),
    "kpis": (_KPIS, ("mart_ecosystem_kpi",)),
    "promises": (_PROMISES, ("fct_sla_weekly", "dim_partner")),
    "stuck": (_STUCK, ("fct_onboarding", "dim_partner")),
}
"""By the field of Week: what is asked, and what a version must have for it."""
_OF_DATA: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "checks": (_CHECKS, ()),
    "refused": (_REFUSED, ()),
    "refused_files": (_REFUSED_FILES, ()),
}
_PARAMETERS: Mapping[str, Mapping[str, object]] = {
    "movers": {"notable": NOTABLE_MOVE},
    "reviews": {"days": REVIEW_DAYS},
    "claims": {"ahead": CLAIM_DAYS},
}
_OF_ONE_ROW = ("standing", "due", "motions", "differences", "projects", "target")


@st.cache_data(max_entries=8, show_spinner=False)
def week(edition: Edition) -> Week:
    """Everything a version knows of its latest week."""
    found: dict[str, Any] = dict.fromkeys(_STATEMENTS) | _asked(
        edition, {**_STATEMENTS, **_OF_DATA}
    )
    for name in _OF_ONE_ROW:
        found[name] = _only(found[name])
    found["movers"] = _with_criteria(edition, found["movers"])
    return Week(
        imprint=imprint(edition),
        currency=money.currency(edition),
        extracts=published.staleness(edition),
        **found,
    )


def _asked(
    edition: Edition, statements: Mapping[str, tuple[str, tuple[str, ...]]]
) -> dict[str, pd.DataFrame]:
    """The rows of what the version can tell."""
    return published.frames(
        edition,
        {
            name: (sql, _PARAMETERS.get(name, {}))
            for name, (sql, needed) in statements.items()
            if all(has(edition, *need.split(".")) for need in needed)
        },
    )


@st.cache_data(max_entries=8, show_spinner=False)
def before(edition: Edition) -> Before:
    """What a version can tell of its data, for a later one to be compared with."""
    return Before(imprint=imprint(edition), **_asked(edition, _OF_DATA))


@st.cache_data(max_entries=8, show_spinner=False)
def partner_names(edition: Edition) -> dict[str, str]:
    """The name of each partner, by its id."""
    if not has(edition, "dim_partner"):
        return {}
    rows = frame(edition, "select partner_id, partner_name from marts.dim_partner")
    return dict(zip(rows["partner_id"], rows["partner_name"], strict=True))


def edition_before(settings: Settings, edition: Edition) -> Edition | None:
    """The version to compare a week with: the last of a week before, else of any day before.

    By the names of the files, which begin with the as-of date: a version is opened if it may be it.
    """
    as_of = imprint(edition).as_of
    named = [(_day(path.stem), path.stem) for path in settings.published.glob("*.duckdb")]
    older = sorted({day for day, _ in named if day is not None and day < as_of}, reverse=True)
    if not older:
        return None
    wanted = next((day for day in older if day <= as_of - timedelta(days=7)), older[0])
    of_day = [replace(edition, version=name) for day, name in named if day == wanted]
    try:
        return max(of_day, key=lambda each: (imprint(each).published_at, each.version))
    except UnreadableEdition:
        return None


def _day(version: str) -> date | None:
    try:
        return date.fromisoformat(version[:10])
    except ValueError:
        return None


def _with_criteria(edition: Edition, movers: pd.DataFrame) -> pd.DataFrame:
    """The movers plus `criterion`, which moved each most; None where the version cannot tell."""
    if movers.empty or not has(edition, "fct_criterion_score"):
        return movers.assign(criterion=None)
    moved_by = frame(edition, _MOVED_BY, {"partners": movers["partner_id"].tolist()})
    parts = movers[["partner_id", "moved"]].merge(moved_by, on="partner_id", how="left")
    criterion = parts["risen_most"].where(parts["moved"].gt(0), parts["fallen_most"])
    return movers.assign(criterion=criterion.to_numpy(dtype=object))


def _only(rows: pd.DataFrame | None) -> Any | None:
    """The only row, if there is one; of a kind of its own, for what is cached is pickled."""
    if rows is None or rows.empty:
        return None
    return SimpleNamespace(**dict(zip(map(str, rows.columns), rows.iloc[0], strict=True)))
