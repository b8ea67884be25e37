"""What packs of business reviews read of a version: one pass of queries, however many partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pandas as pd

from dashboards.charts.ladders import Rubric
from dashboards.dossier.facts import WEEKS
from dashboards.dossier.programme import Programme, programme
from dashboards.frames import records
from dashboards.queries import published
from dashboards.queries.partner import METRIC_ROWS
from dashboards.queries.published import Edition, Imprint, has
from warehouse import snapshots
from warehouse.settings import Settings

WEEKS_DRAWN: Final = 26
QUARTERS: Final = 8

_OURS = "list_contains($partners, partner_id)"
_OF_OURS = "list_contains($partners, {}.partner_id)"

_SHARED: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "partner": (
        (),
        f"""
        select
            partner_id,
            partner_name,
            partner_type,
            partner_manager,
            region,
            country,
            signed_on,
            status,
            current_tier
        from marts.dim_partner
        where {_OURS}
        """,
    ),
    "weeks": (
        (),
        f"""
        select
            partner_id,
            period_start,
            period_end,
            current_tier,
            weighted_score,
            weighted_score_13_weeks_ago,
            coverage,
            installs,
            activations,
            active_installs
        from marts.mart_scorecard_weekly
        where {_OURS} and period_start > $drawn_from
        order by partner_id, period_start
        """,
    ),
    "metrics": (
        (),
        f"""
        {METRIC_ROWS}
        where
            {_OF_OURS.format("metric")}
            and (
                metric.period_kind = 'quarter'
                or metric.period_start in ($now, $then, $year_ago)
            )
        order by metric.partner_id, metric.period_end, metric.period_kind, metric.metric_key
        """,
    ),
    "criteria": (
        (),
        f"""
        from marts.fct_criterion_score
        where {_OURS} and period_kind = 'week' and period_start in ($now, $then)
        order by partner_id, period_start, criterion
        """,
    ),
    "gates": (
        ("fct_tier_gate",),
        f"""
        select gate.*, metric.label, metric.unit, tier."rank"
        from marts.fct_tier_gate as gate
        inner join policy.tiers as tier
            on tier.tier = gate.tier
            and tier.valid_from < gate.period_end
            and (tier.valid_to is null or tier.valid_to >= gate.period_end)
        left join policy.metrics as metric
            on metric.metric_key = gate.gate
            and metric.valid_from < gate.period_end
            and (metric.valid_to is null or metric.valid_to >= gate.period_end)
        where
            {_OF_OURS.format("gate")}
            and gate.period_kind = 'week'
            and gate.period_start = $now
        order by gate.partner_id, tier."rank", gate.gate_group, gate.gate
        """,
    ),
    "path": (
        ("fct_tier_path",),
        f"""
        from marts.fct_tier_path
        where {_OURS}
        qualify quarter_end = max(quarter_end) over (partition by partner_id)
        order by partner_id, step_number
        """,
    ),
    "bridge": (
        ("fct_score_bridge",),
        f"from marts.fct_score_bridge where {_OURS} order by partner_id, period_end, criterion",
    ),
    "health": (
        ("fct_partner_health",),
        f"""
        from marts.fct_partner_health
        where {_OURS} and (period_kind = 'quarter' or period_start in ($now, $then))
        order by partner_id, period_start, period_kind
        """,
    ),
    "si_quality": (
        ("fct_si_quality",),
        f"""
        from marts.fct_si_quality
        where {_OURS} and (period_kind = 'quarter' or period_start in ($now, $then))
        order by partner_id, period_start, period_kind
        """,
    ),
    "quarters": (
        (),
        f"""
        select partner_id, period_start, period_end
        from marts.fct_tier_score
        where {_OURS} and period_kind = 'quarter'
        qualify row_number() over (partition by partner_id order by period_end desc) <= {QUARTERS}
        order by partner_id, period_start
        """,
    ),
    "cohorts": (
        ("fct_retention_cohort",),
        f"""
        from marts.fct_retention_cohort
        where {_OURS}
        order by partner_id, cohort_quarter, months
        """,
    ),
    "terms": (
        ("fct_partner_term",),
        f"""
        from marts.fct_partner_term
        where {_OURS} and kind <> 'grant' and is_current
        order by partner_id, until_on, kind, item_id
        """,
    ),
    "projects": (
        ("fct_project",),
        f"""
        from marts.fct_project
        where {_OURS} and is_late
        order by partner_id, days_late desc, project_id
        """,
    ),
    # The day a gate breaks and why, and the tiers whose gates held at the last quarter ends,
    # without what was recommended.
    "outlook": (
        ("fct_tier_recommendation",),
        f"""
        select
            partner_id,
            quarter_end,
            qualified_tier,
            previous_qualified_tier,
            demotion_risk_on,
            demotion_risk,
            concentration
        from marts.fct_tier_recommendation
        where {_OURS}
        qualify quarter_end = max(quarter_end) over (partition by partner_id)
        """,
    ),
    "deals": (
        ("fct_attribution_outcome", "dim_opportunity", "dim_account"),
        f"""
        select
            outcome.partner_id,
            outcome.opportunity_id,
            outcome.outcome,
            outcome.amount_cents,
            outcome.is_won,
            outcome.is_closed,
            outcome.closed_on,
            deal.opportunity_type,
            deal.stage,
            deal.phase,
            deal.created_at,
            deal.account_id,
            account.account_name
        from marts.fct_attribution_outcome as outcome
        left join marts.dim_opportunity as deal
            on deal.opportunity_id = outcome.opportunity_id
        left join marts.dim_account as account on account.account_id = deal.account_id
        where
            {_OF_OURS.format("outcome")}
            and outcome.outcome in ('sourced', 'influenced')
            and (outcome.is_won or not outcome.is_closed)
        order by outcome.partner_id, outcome.amount_cents desc nulls last, outcome.opportunity_id
        """,
    ),
    "hygiene": (
        ("fct_pipeline_hygiene",),
        f"from marts.fct_pipeline_hygiene where {_OURS} order by partner_id, opportunity_id",
    ),
    "promises": (
        ("fct_sla_weekly",),
        f"""
        select partner_id, kind, period_start, promised, within, breached, pending, breached_ids
        from marts.fct_sla_weekly
        where {_OURS} and period_start > $then
        order by partner_id, kind, period_start, breached_ids
        """,
    ),
    "claims": (
        ("fct_deal_registration", "dim_account"),
        f"""
        select
            claim.partner_id,
            claim.registration_id,
            claim.account_id,
            account.account_name,
            claim.submitted_at,
            claim.responded_at
        from marts.fct_deal_registration as claim
        left join marts.dim_account as account on account.account_id = claim.account_id
        where
            {_OF_OURS.format("claim")}
            and claim.submitted_at > $then
            and claim.is_within_target = false
        order by claim.partner_id, claim.submitted_at, claim.registration_id
        """,
    ),
    "onboarding": (
        ("fct_onboarding",),
        f"from marts.fct_onboarding where {_OURS}",
    ),
    "reviews": (
        ("fct_business_review",),
        f"""
        from marts.fct_business_review
        where {_OURS}
        order by partner_id, scheduled_at, review_id
        """,
    ),
    "items": (
        ("fct_review_item",),
        f"""
        select
            partner_id,
            item_id,
            review_id,
            kind,
            text,
            owner_side,
            due_on,
            status,
            is_open,
            is_overdue,
            carried_to_review_id,
            ledger_state
        from marts.fct_review_item
        where {_OURS}
        order by partner_id, is_overdue desc, due_on nulls last, item_id
        """,
    ),
}
"""What may be told to the partner itself: the marts it takes, and its rows by partner."""

_INTERNAL: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "recommendation": (
        ("fct_tier_recommendation",),
        f"""
        from marts.fct_tier_recommendation
        where {_OURS}
        qualify quarter_end = max(quarter_end) over (partition by partner_id)
        """,
    ),
    "margin": (
        ("fct_partner_margin_monthly",),
        f"""
        select
            partner_id,
            month,
            sum(net_cents)::bigint as net_cents,
            sum(cogs_cents)::bigint as cogs_cents,
            sum(commissions_cents)::bigint as commissions_cents,
            sum(support_cents)::bigint as support_cents,
            sum(mdf_cents)::bigint as mdf_cents,
            sum(partner_team_cents)::bigint as partner_team_cents,
            sum(onboarding_cents)::bigint as onboarding_cents,
            sum(tooling_cents)::bigint as tooling_cents,
            sum(contribution_margin_cents)::bigint as contribution_margin_cents
        from marts.fct_partner_margin_monthly
        where
            {_OURS}
            and month >= $first_month
            and month < date_trunc('month', $as_of + interval 1 day)
        group by partner_id, month
        order by partner_id, month
        """,
    ),
    "leaks": (
        ("fct_leakage_check",),
        f"""
        select leak.*, definition.label
        from marts.fct_leakage_check as leak
        cross join quality.snapshot
        inner join policy.leakage_checks as definition
            on definition.check_key = leak.check_key
            and definition.valid_from < snapshot.period_end
            and (definition.valid_to is null or definition.valid_to >= snapshot.period_end)
        where
            {_OF_OURS.format("leak")}
            and leak.state = 'leak'
            and leak.finding_state is distinct from 'resolved'
        order by leak.partner_id, leak.amount_cents desc nulls last, leak.finding_id
        """,
    ),
    "due": (
        ("fct_payout_due",),
        f"""
        from marts.fct_payout_due
        where {_OURS}
        order by partner_id, payable_on, settlement_id
        """,
    ),
    "paid": (
        ("fct_payout_reconciliation",),
        f"""
        select
            partner_id,
            month,
            sum(accrued_reporting_cents)::bigint as accrued_cents,
            sum(paid_reporting_cents)::bigint as paid_cents
        from marts.fct_payout_reconciliation
        where {_OURS} and month >= $first_month and month <= $as_of
        group by partner_id, month
        order by partner_id, month
        """,
    ),
    "remediation": (
        ("fct_remediation",),
        f"""
        from marts.fct_remediation
        where {_OURS}
        qualify row_number() over (partition by partner_id order by quarter_end desc) <= {QUARTERS}
        order by partner_id, quarter_end desc
        """,
    ),
    "support_cost": (
        ("fct_sla_weekly",),
        f"""
        select
            partner_id,
            sum(handling_minutes)::bigint as handling_minutes,
            sum(support_cost_cents)::bigint as support_cost_cents
        from marts.fct_sla_weekly
        where {_OURS} and period_start > $then
        group by partner_id
        """,
    ),
    "attendees": (
        ("fct_business_review",),
        f"select partner_id, review_id, attendees from marts.fct_business_review where {_OURS}",
    ),
    "item_notes": (
        ("fct_review_item",),
        f"""
        select partner_id, item_id, kind, text, ledger_state, decided_by, decided_at, note
        from marts.fct_review_item
        where {_OURS} and ledger_state is not null
        order by partner_id, decided_at desc, item_id
        """,
    ),
}
"""What is for us alone, read only for packs that are."""


@dataclass(frozen=True)
class Occasion:
    """A partner and the review to prepare; without a review none is scheduled."""

    partner_id: str
    review_id: str | None = None


@dataclass(frozen=True)
class Rows:
    """Frames of many partners, cut by partner without looking through all of them each time."""

    frames: Mapping[str, pd.DataFrame]
    """By name; one whose marts the version does not hold is not in it."""
    places: Mapping[str, Mapping[str, Any]] = field(repr=False)
    """Where the rows of a partner stand in each frame."""

    @classmethod
    def of_frames(cls, frames: Mapping[str, pd.DataFrame]) -> "Rows":
        """The frames with the places of each partner's rows."""
        places: dict[str, dict[str, Any]] = {
            name: {str(key): where for key, where in rows.groupby("partner_id").indices.items()}
            for name, rows in frames.items()
        }
        return cls(frames, places)

    def of(self, name: str, partner_id: str) -> pd.DataFrame | None:
        """A partner's rows of a frame, None where the version holds no such mart."""
        rows = self.frames.get(name)
        return None if rows is None else rows.take(self.places[name].get(partner_id, []))


@dataclass(frozen=True)
class Reading:
    """All that packs of some partners need of one version; plain values, so it can be sent on."""

    imprint: Imprint
    programme: Programme
    rubrics: Mapping[str, Rubric]
    shared: Rows
    internal: Rows
    partner_names: Mapping[str, str]
    """The keys and names of all partners, to keep them out of each other's packs."""
    missing: tuple[str, ...]
    """Extracts that are absent or stale although something needs them, in words."""


def read(edition: Edition, occasions: Sequence[Occasion]) -> Reading:
    """What the packs of these occasions need, in one pass of queries."""
    imprint = published.imprint(edition)
    now = pd.Timestamp(imprint.period_start or imprint.as_of)
    asked = {
        "partners": sorted({occasion.partner_id for occasion in occasions}),
        "now": now.date(),
        "then": (now - timedelta(weeks=WEEKS)).date(),
        "year_ago": (now - timedelta(weeks=52)).date(),
        "drawn_from": (now - timedelta(weeks=WEEKS_DRAWN)).date(),
        "as_of": imprint.as_of,
        "first_month": (pd.Timestamp(imprint.as_of).replace(day=1) - pd.DateOffset(years=1)).date(),
    }

    def frames(wanted: Mapping[str, tuple[tuple[str, ...], str]]) -> Rows:
        statements = {
            name: (sql, {key: value for key, value in asked.items() if f"${key}" in sql})
            for name, (marts, sql) in wanted.items()
            if all(has(edition, mart) for mart in marts)
        }
        return Rows.of_frames(published.frames(edition, statements))

    rules = programme(edition)
    shared = frames(_SHARED)
    metrics = shared.frames["metrics"].drop_duplicates("metric_key", keep="last")
    return Reading(
        imprint=imprint,
        programme=rules,
        rubrics={row.metric_key: rules.rubric(row) for row in records(metrics)},
        shared=shared,
        internal=frames(_INTERNAL),
        partner_names=_all_names(edition),
        missing=_missing(edition),
    )


def _all_names(edition: Edition) -> dict[str, str]:
    """Past the rows a reader may see: a name can only be kept out by those who know it.

    None of them is ever shown.
    """
    with snapshots.open_version(Settings(home=edition.home), edition.version) as connection:
        found = connection.execute("select partner_id, partner_name from marts.dim_partner")
        return {str(key): str(name or "") for key, name in found.fetchall()}


def _missing(edition: Edition) -> tuple[str, ...]:
    rows = published.staleness(edition)
    lacking = rows[rows["is_needed"] & (rows["is_stale"] | ~rows["is_present"])]
    return tuple(
        f"{row.system} {row.entity}".replace("_", " ")
        + (" is stale" if row.is_present else " is missing")
        for row in records(lacking)
    )
