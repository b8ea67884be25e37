"""Who gets credit for what was won: by quarter, by partner and model, and deal by deal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.frames import records
from dashboards.queries.published import Edition, frame, has, setting

MARTS = (
    "fct_attribution",
    "fct_attribution_disagreement",
    "fct_attribution_outcome",
    "fct_attribution_tier_effect",
    "fct_deal_registration",
    "fct_opportunity_touch",
    "fct_sourcing_test",
    "dim_account",
    "dim_opportunity",
    "dim_partner",
)
MODELS = (
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "time_decay",
    "role_based",
)
UNATTRIBUTED, UNKNOWN = "unattributed", "unknown"

_NAME = """
    case
        when {table}.partner_id = 'unattributed' then 'No partner'
        when {table}.partner_id = 'unknown' then 'Unknown partner'
        else coalesce(partner.partner_name, {table}.partner_id)
    end
"""

# A fiscal quarter has three months and begins in the programme's first one.
_DEALS = """
    deals as (
        select
            *,
            date_trunc('month', closed_on)
            - to_months(((month(closed_on) - $first_month + 12) % 3)::integer) as quarter_start
        from marts.dim_opportunity
    )
"""

# A deal counts once, for whoever sourced it before whoever influenced it.
_QUARTERS = f"""
with
    {_DEALS},
    outcomes as (
        select
            opportunity_id,
            bool_or(outcome = 'sourced') as is_sourced,
            bool_or(outcome = 'influenced') as is_influenced
        from marts.fct_attribution_outcome
        group by opportunity_id
    ),
    won as (
        select
            deals.quarter_start::date as quarter_start,
            deals.amount_reporting_cents as amount_cents,
            case
                when outcomes.is_sourced then 'sourced'
                when outcomes.is_influenced then 'influenced'
                else 'neither'
            end as outcome
        from deals
        left join outcomes on outcomes.opportunity_id = deals.opportunity_id
        where deals.is_won
    )
select
    quarter_start,
    (quarter_start + to_months(3))::date - 1 as quarter_end,
    count(*) as deals,
    count(*) filter (where outcome = 'sourced') as sourced_deals,
    count(*) filter (where outcome = 'influenced') as influenced_deals,
    count(*) filter (where amount_cents is null) as without_amount,
    coalesce(sum(amount_cents), 0)::bigint as won_cents,
    coalesce(sum(amount_cents) filter (where outcome = 'sourced'), 0)::bigint as sourced_cents,
    coalesce(sum(amount_cents) filter (where outcome = 'influenced'), 0)::bigint
        as influenced_cents,
    coalesce(sum(amount_cents) filter (where outcome = 'neither'), 0)::bigint as neither_cents
from won
group by quarter_start
order by quarter_start desc nulls last
"""

_IN_SPAN = """
    ($from_on is null or closed_on >= $from_on) and ($until_on is null or closed_on <= $until_on)
"""

_CREDITS = f"""
with
    credits as (
        select
            partner_id,
            {
    ", ".join(
        f"coalesce(sum(credit_cents) filter (where model = '{model}'), 0)::bigint as {model}"
        for model in MODELS
    )
},
            bool_and(credit_cents is null) as is_unknown,
            count(distinct opportunity_id) filter (where credit_cents is null) as without_amount
        from marts.fct_attribution
        where {_IN_SPAN}
        group by partner_id
    )
select
    credits.*,
    partner.partner_type,
    partner.current_tier,
    {_NAME.format(table="credits")} as partner_name,
    greatest({", ".join(MODELS)}) as highest_cents,
    least({", ".join(MODELS)}) as lowest_cents
from credits
left join marts.dim_partner as partner on partner.partner_id = credits.partner_id
order by highest_cents desc, credits.partner_id
"""

_STANDING = f"""
with
    won as (
        select opportunity_id, amount_reporting_cents
        from marts.dim_opportunity
        where is_won and {_IN_SPAN}
    ),
    disagreeing as (
        select opportunity_id, max(spread_cents) as spread_cents
        from marts.fct_attribution_disagreement
        where {_IN_SPAN}
        group by opportunity_id
    ),
    of_nobody as (
        select
            opportunity_id,
            bool_or(partner_id = 'unattributed') as is_unattributed,
            bool_or(partner_id = 'unknown') as is_unknown
        from marts.fct_attribution
        where partner_id in ('unattributed', 'unknown') and model = 'linear' and {_IN_SPAN}
        group by opportunity_id
    )
select
    count(*) as deals,
    coalesce(sum(won.amount_reporting_cents), 0)::bigint as won_cents,
    count(*) filter (where won.amount_reporting_cents is null) as without_amount,
    count(disagreeing.opportunity_id) as disagreeing,
    coalesce(sum(disagreeing.spread_cents), 0)::bigint as spread_cents,
    count(*) filter (where of_nobody.is_unknown) as unknown_deals,
    count(*) filter (where of_nobody.is_unattributed) as unattributed
from won
left join disagreeing on disagreeing.opportunity_id = won.opportunity_id
left join of_nobody on of_nobody.opportunity_id = won.opportunity_id
"""

_EFFECT = """
select
    effect.*,
    coalesce(partner.partner_name, effect.partner_id) as partner_name,
    partner.partner_manager
from marts.fct_attribution_tier_effect as effect
left join marts.dim_partner as partner on partner.partner_id = effect.partner_id
where effect.is_decisive
order by partner_name, effect.partner_id, effect.model
"""

DISAGREEING = "Models disagree"
ALL_WON = "All won"
WITHOUT_TOUCH = "Won without a touch to split by"
WITHOUT_AMOUNT = "Won without an amount"
OPEN, LOST = "Open", "Lost"
_KINDS = {
    DISAGREEING: f"is_won and {_IN_SPAN} and opportunity_id in "
    "(select opportunity_id from marts.fct_attribution_disagreement)",
    ALL_WON: f"is_won and {_IN_SPAN}",
    WITHOUT_TOUCH: f"is_won and {_IN_SPAN} and opportunity_id in "
    "(select opportunity_id from marts.fct_attribution "
    "where partner_id = 'unattributed' and model = 'linear')",
    WITHOUT_AMOUNT: f"is_won and {_IN_SPAN} and amount_reporting_cents is null",
    OPEN: "not is_closed and ($from_on is null or true) and ($until_on is null or true)",
    LOST: f"is_closed and not is_won and {_IN_SPAN}",
}
KINDS = tuple(_KINDS)

WIDEST = "Widest difference first"
_ORDERS = {
    WIDEST: "spreads.spread_cents desc nulls last, spreads.spread_share desc nulls last",
    "Largest amount first": "chosen.amount_reporting_cents desc nulls last",
    "Latest close first": "chosen.closed_on desc nulls last",
    "Deal, A to Z": "lower(chosen.opportunity_name) nulls last",
}
ORDERS = tuple(_ORDERS)

# What is shown of a deal is looked up for those on the page alone.
_LIST = """
with
    -- Searched by the deal, its account and every partner with an outcome on it.
    named as (
        select outcome.opportunity_id
        from marts.fct_attribution_outcome as outcome
        left join marts.dim_partner as partner on partner.partner_id = outcome.partner_id
        where $needle <> '' and (
            contains(lower({outcome_name}), $needle)
            or contains(lower(outcome.partner_id), $needle)
        )
    ),
    chosen as (
        select
            opportunity.*,
            coalesce(account.account_name, opportunity.account_id) as account_name
        from marts.dim_opportunity as opportunity
        left join marts.dim_account as account on account.account_id = opportunity.account_id
        where ({kind}) and (
            $needle = ''
            or contains(lower(opportunity.opportunity_id), $needle)
            or contains(lower(coalesce(opportunity.opportunity_name, '')), $needle)
            or contains(lower(coalesce(account.account_name, opportunity.account_id, '')), $needle)
            or opportunity.opportunity_id in (select opportunity_id from named)
        )
    ),
    spreads as (
        select
            opportunity_id,
            max(spread_cents) as spread_cents,
            max(spread_share) as spread_share
        from marts.fct_attribution_disagreement
        group by opportunity_id
    ),
    page as (
        select
            chosen.*,
            (select count(*) from chosen) as found,
            row_number() over (order by {order}, chosen.opportunity_id) as place
        from chosen
        left join spreads on spreads.opportunity_id = chosen.opportunity_id
        qualify $at_most is null or place <= $at_most
    ),
    widest as (
        select disagreement.*, {disagreement_name} as partner_name
        from marts.fct_attribution_disagreement as disagreement
        left join marts.dim_partner as partner on partner.partner_id = disagreement.partner_id
        where disagreement.opportunity_id in (select opportunity_id from page)
        qualify
            row_number() over (
                partition by disagreement.opportunity_id
                order by disagreement.spread_share desc, disagreement.partner_id
            )
            = 1
    ),
    outcomes as (
        select
            outcome.opportunity_id,
            max({outcome_name}) filter (where outcome.outcome = 'sourced') as sourced_by,
            count(*) filter (where outcome.outcome = 'influenced') as influenced_by,
            min({outcome_name}) filter (where outcome.outcome = 'influenced') as first_influencer
        from marts.fct_attribution_outcome as outcome
        left join marts.dim_partner as partner on partner.partner_id = outcome.partner_id
        where outcome.opportunity_id in (select opportunity_id from page)
        group by outcome.opportunity_id
    )
select
    page.opportunity_id,
    coalesce(page.opportunity_name, page.opportunity_id) as opportunity_name,
    page.account_id,
    page.account_name,
    page.opportunity_type,
    page.stage,
    page.currency,
    page.amount_cents,
    page.amount_reporting_cents,
    page.conversion_status,
    page.created_at,
    page.closed_on,
    page.is_won,
    page.is_closed,
    outcomes.sourced_by,
    coalesce(outcomes.influenced_by, 0) as influenced_by,
    outcomes.first_influencer,
    widest.partner_id as widest_partner_id,
    widest.partner_name as widest_partner,
    widest.lowest_model,
    widest.lowest_share,
    widest.lowest_cents,
    widest.highest_model,
    widest.highest_share,
    widest.highest_cents,
    widest.spread_share,
    widest.spread_cents,
    page.found
from page
left join widest on widest.opportunity_id = page.opportunity_id
left join outcomes on outcomes.opportunity_id = page.opportunity_id
order by page.place
"""

_DEAL = """
select
    opportunity.*,
    coalesce(account.account_name, opportunity.account_id) as account_name,
    account.segment
from marts.dim_opportunity as opportunity
left join marts.dim_account as account on account.account_id = opportunity.account_id
where opportunity.opportunity_id = $deal
"""


def _of_deal(mart: str, order: str) -> str:
    return f"""
    select rows_of.*, partner.partner_type, {_NAME.format(table="rows_of")} as partner_name
    from marts.{mart} as rows_of
    left join marts.dim_partner as partner on partner.partner_id = rows_of.partner_id
    where rows_of.opportunity_id = $deal
    order by {order}
    """


_OUTCOME_ORDER = (
    "case rows_of.outcome when 'sourced' then 1 when 'influenced' then 2 else 3 end, "
    "rows_of.partner_id"
)


@dataclass(frozen=True)
class Overview:
    """What the page shows of one version whatever its filters."""

    quarters: pd.DataFrame
    """One row per fiscal quarter with a won deal, the latest first; deals without a day last."""
    effect: pd.DataFrame
    """Partners whose tier hangs on the model, a row per model, by name."""
    effect_of: date | None
    """The quarter end it is about."""
    has_registrations: bool
    has_touches: bool


@dataclass(frozen=True)
class Deal:
    """One deal and everything that decided who gets credit for it."""

    facts: pd.DataFrame
    """Its row of dim_opportunity with its account's name."""
    outcomes: pd.DataFrame
    """One row per partner: sourced first, then influenced, then the rest."""
    credits: pd.DataFrame
    """One row per partner and model; none while it is not won."""
    touches: pd.DataFrame
    """Every touch, counted or not, in order."""
    tests: pd.DataFrame
    """Every rule that was asked of every registration, in order."""
    registrations: pd.DataFrame
    """The registrations that are matched to it, in order of submission."""

    @cached_property
    def deal(self) -> Any:
        """The deal as last known."""
        return next(records(self.facts))

    @cached_property
    def title(self) -> str:
        """Its name, or its id where it has none."""
        unnamed = pd.isna(self.deal.opportunity_name)
        return str(self.deal.opportunity_id if unnamed else self.deal.opportunity_name)

    def of(self, partner_id: str) -> "Deal":
        """The same with what is about one partner alone."""
        mine = {
            part: rows[rows["partner_id"].eq(partner_id)]
            for part in ("outcomes", "credits", "touches", "tests", "registrations")
            for rows in (getattr(self, part),)
        }
        return replace(self, **mine)

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of every partner that has anything to do with it."""
        return {
            str(row.partner_id): str(row.partner_name)
            for rows in (self.outcomes, self.touches, self.credits, self.registrations)
            for row in records(rows[["partner_id", "partner_name"]].drop_duplicates())
        }

    @cached_property
    def shares(self) -> dict[str, dict[str, Decimal]]:
        """Shares by partner and model, the highest first; a model without a row gives nothing."""
        found: dict[str, dict[str, Decimal]] = {}
        for row in records(self.credits):
            nothing = dict.fromkeys(MODELS, Decimal(0))
            found.setdefault(str(row.partner_id), nothing)[row.model] = Decimal(row.credit_share)
        return dict(sorted(found.items(), key=lambda each: (-max(each[1].values()), each[0])))


def is_published(edition: Edition) -> bool:
    """Whether the version holds all that the page shows."""
    return all(has(edition, mart) for mart in MARTS)


def first_month(edition: Edition) -> int:
    """The month in which the fiscal year begins."""
    return int(setting(edition, "fiscal_year_start_month") or 1)


@st.cache_data(max_entries=4, show_spinner=False)
def overview(edition: Edition) -> Overview:
    """What was won by quarter, and whose tier hangs on the model."""
    latest = frame(
        edition, "select max(quarter_end) as quarter_end from marts.fct_attribution_tier_effect"
    )["quarter_end"].iloc[0]
    present = frame(
        edition,
        """
        select entity
        from quality.entities
        where system = 'crm'
            and entity in ('deal_registrations', 'opportunity_touches')
            and is_present
        """,
    )["entity"].tolist()
    return Overview(
        quarters=frame(edition, _QUARTERS, {"first_month": first_month(edition)}),
        effect=frame(edition, _EFFECT),
        effect_of=None if pd.isna(latest) else latest.date(),
        has_registrations="deal_registrations" in present,
        has_touches="opportunity_touches" in present,
    )


@st.cache_data(max_entries=16, show_spinner=False)
def credits(edition: Edition, from_on: date | None, until_on: date | None) -> pd.DataFrame:
    """Credit by partner and model of what was won in a span of days, both included.

    One row per partner, `unattributed` and `unknown` among them, the highest credit first: a
    column of cents per model, highest_cents and lowest_cents of them, without_amount (deals that
    add nothing, for nobody knows what they are worth) and is_unknown (it has no other).
    """
    return frame(edition, _CREDITS, {"from_on": from_on, "until_on": until_on})


@st.cache_data(max_entries=16, show_spinner=False)
def standing(edition: Edition, from_on: date | None, until_on: date | None) -> Mapping[str, int]:
    """Counts and sums of what was won in a span of days.

    deals, won_cents, without_amount, disagreeing, spread_cents, unknown_deals, unattributed.
    """
    row = frame(edition, _STANDING, {"from_on": from_on, "until_on": until_on}).iloc[0]
    return {str(key): int(value) for key, value in row.items()}


@st.cache_data(max_entries=16, show_spinner=False)
def deals(
    edition: Edition,
    kind: str,
    needle: str,
    order: str,
    *,
    span: tuple[date | None, date | None],
    limit: int | None,
) -> pd.DataFrame:
    """The deals of a kind that hold `needle`, in order, with where the models differ most.

    `found` is how many there are beyond the limit. Open deals are of no span.
    """
    sql = _LIST.format(
        outcome_name=_NAME.format(table="outcome"),
        disagreement_name=_NAME.format(table="disagreement"),
        kind=_KINDS[kind],
        order=_ORDERS[order],
    )
    asked = {"needle": needle.strip().lower(), "at_most": limit}
    return frame(edition, sql, asked | {"from_on": span[0], "until_on": span[1]})


@st.cache_data(max_entries=32, show_spinner=False)
def deal(edition: Edition, opportunity_id: str) -> Deal | None:
    """One deal by its id, or None where the version has no such deal."""
    asked = {"deal": opportunity_id}
    facts = frame(edition, _DEAL, asked)
    if facts.empty:
        return None
    return Deal(
        facts=facts,
        outcomes=frame(edition, _of_deal("fct_attribution_outcome", _OUTCOME_ORDER), asked),
        credits=frame(edition, _of_deal("fct_attribution", "rows_of.partner_id"), asked),
        touches=frame(
            edition,
            _of_deal("fct_opportunity_touch", "rows_of.touched_at, rows_of.touch_id"),
            asked,
        ),
        tests=frame(
            edition,
            _of_deal("fct_sourcing_test", "rows_of.registration_id, rows_of.position"),
            asked,
        ),
        registrations=frame(
            edition,
            _of_deal("fct_deal_registration", "rows_of.submitted_at, rows_of.registration_id"),
            asked,
        ),
    )


@st.cache_data(max_entries=16, show_spinner=False)
def model_rules(edition: Edition) -> dict[str, Decimal]:
    """What the models were told in the latest week: shares, half-life, look-back, role pools.

    Settings by name; a role's pool as `pool_<role>`.
    """
    rows = frame(
        edition,
        """
        select setting as name, try_cast(value as decimal(18, 9)) as value
        from policy.attribution_settings
        cross join quality.snapshot
        where valid_from <= as_of and (valid_to is null or as_of < valid_to)
        union all
        select 'pool_' || role, share::decimal(18, 9)
        from policy.role_pools
        cross join quality.snapshot
        where valid_from <= as_of and (valid_to is null or as_of < valid_to)
        """,
    )
    return {row.name: row.value for row in records(rows) if not pd.isna(row.value)}
