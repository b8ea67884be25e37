"""The list of a quarter: what is recommended for each partner, and how its gates stand."""

from collections.abc import Mapping
from datetime import date

import pandas as pd
import streamlit as st

from dashboards.frames import records
from dashboards.queries.published import Edition, frame, has

_CHANGES = """
with
    latest as (select max(quarter_end) as quarter_end from marts.fct_tier_recommendation),
    recommended as (
        select
            recommendation.*,
            partner.partner_name,
            partner.partner_type,
            partner.partner_manager,
            partner.current_tier as tier_today,
            coalesce(
                case when action = 'promote' then recommended_tier end,
                recommendation.current_tier
            ) as judged_tier
        from marts.fct_tier_recommendation as recommendation
        inner join latest on latest.quarter_end = recommendation.quarter_end
        inner join marts.dim_partner as partner
            on partner.partner_id = recommendation.partner_id
    ),
    gates as (
        select
            recommended.recommendation_id,
            gate.gate_group,
            gate.gate,
            string_agg(gate.gate, ' or ' order by gate.gate) over (
                partition by recommended.recommendation_id, gate.gate_group
            ) as any_of,
            gate.is_met,
            gate.actual,
            gate.gap,
            coalesce(metric.unit, 'points') as unit,
            coalesce(abs(gate.gap) / nullif(abs(gate.required), 0), 0)::double as distance
        from recommended
        inner join marts.fct_tier_gate as gate
            on gate.partner_id = recommended.partner_id
            and gate.tier = recommended.judged_tier
            and gate.period_kind = 'quarter'
            and gate.period_end = recommended.quarter_end + 1
        left join policy.metrics as metric
            on metric.metric_key = gate.gate
            and metric.valid_from <= recommended.quarter_end
            and (metric.valid_to is null or recommended.quarter_end < metric.valid_to)
        -- Of gates of which any one suffices, the one that is met best or missed least.
        qualify
            row_number() over (
                partition by recommended.recommendation_id, gate.gate_group
                order by
                    gate.is_met desc nulls last,
                    case when gate.is_met then distance else -distance end desc,
                    gate.gate
            )
            = 1
    ),
    standing as (
        select
            recommendation_id,
            count(*) as gates,
            count(*) filter (where is_met) as gates_met,
            string_agg(any_of, ', ' order by distance desc, gate_group)
                filter (where is_met is not true) as gates_short,
            arg_min(gate, distance) filter (where is_met and unit <> 'flag') as narrowest,
            arg_min(gap, distance) filter (where is_met and unit <> 'flag') as narrowest_gap,
            arg_min(unit, distance) filter (where is_met and unit <> 'flag') as narrowest_unit
        from gates
        group by recommendation_id
    )
select
    recommended.*,
    standing.gates,
    standing.gates_met,
    standing.gates_short,
    standing.narrowest,
    standing.narrowest_gap,
    standing.narrowest_unit
from recommended
left join standing on standing.recommendation_id = recommended.recommendation_id
order by lower(recommended.partner_name), recommended.partner_id
"""

_ACCOUNTS = """
select account_id, account_name
from marts.dim_account
where list_contains($accounts, account_id) and account_name is not null
"""

_COSTS = """
select partner_id, tier, commission_cents, margin_cents, mdf_cents, cost_cents
from marts.fct_tier_cost
where quarter_end = (select max(quarter_end) from marts.fct_tier_cost)
order by partner_id, tier
"""

WITHOUT_CONTRACT_MARTS = ("fct_tier_gate", "fct_tier_recommendation", "fct_partner_term")
WITHOUT_CONTRACT = """
with
    latest as (select max(quarter_end) as quarter_end from marts.fct_tier_recommendation),
    gone as (
        select
            gate.partner_id,
            coalesce(bool_and(gate.is_met) filter (where gate.period_kind = 'quarter'), false)
                as is_since_the_quarter
        from marts.fct_tier_gate as gate
        cross join latest
        where gate.gate = 'active_contract'
            and (gate.period_kind = 'week' or gate.period_end = latest.quarter_end + 1)
        group by gate.partner_id
        having bool_or(not gate.is_met) filter (where gate.period_kind = 'week')
    ),
    ends as (
        select term.partner_id, max(term.until_on) as ended_on
        from marts.fct_partner_term as term
        cross join quality.snapshot
        where term.kind = 'contract' and term.until_on <= snapshot.as_of
        group by term.partner_id
    )
select gone.partner_id, gone.is_since_the_quarter, ends.ended_on
from gone
left join ends on ends.partner_id = gone.partner_id
order by ends.ended_on, gone.partner_id
"""
"""One row per partner without a contract in the latest week: whether it had one when the quarter
ended, and the first day after the last one known."""

COST_PARTS = {"commission": "commission", "margin": "margin", "mdf": "MDF"}
"""The parts of a cost, in words."""


@st.cache_data(max_entries=4, show_spinner=False)
def changes(edition: Edition) -> pd.DataFrame:
    """One row per partner of the latest quarter end: its recommendation, name and gates.

    `gates` counts the groups of the tier that it is judged by (where it is promoted to, else where
    it is), `gates_met` those that hold; `gates_short` names the gates of the others, furthest
    first. `narrowest` is the gate met by the least, relative to what it asks for, with its gap and
    unit. `contract_ended_on` is the day since which it has no contract, where it had one when the
    quarter ended; `largest_account_name` is None where the version does not know the account.
    """
    rows = frame(edition, _CHANGES)
    without = without_contract(edition).set_index("partner_id")
    ended = without["ended_on"].where(without["is_since_the_quarter"])
    names: Mapping[str, str] = {}
    if has(edition, "dim_account"):
        asked = {"accounts": rows["largest_account_id"].dropna().unique().tolist()}
        known = frame(edition, _ACCOUNTS, asked)
        names = dict(zip(known["account_id"], known["account_name"], strict=True))
    customers = [names.get(key) for key in rows["largest_account_id"]]
    return rows.assign(
        contract_ended_on=ended.reindex(rows["partner_id"]).to_numpy(),
        largest_account_name=pd.Series(customers, index=rows.index, dtype="object"),
    )


@st.cache_data(max_entries=4, show_spinner=False)
def without_contract(edition: Edition) -> pd.DataFrame:
    """One row per partner without a contract in the latest week; none where nobody can tell.

    `is_since_the_quarter` says whether it had one when the quarter ended; since `ended_on` it has
    none.
    """
    if not all(has(edition, mart) for mart in WITHOUT_CONTRACT_MARTS):
        return pd.DataFrame(
            {
                "partner_id": pd.Series(dtype="object"),
                "is_since_the_quarter": pd.Series(dtype="bool"),
                "ended_on": pd.Series(dtype="datetime64[us]"),
            }
        )
    return frame(edition, WITHOUT_CONTRACT)


@st.cache_data(max_entries=4, show_spinner=False)
def ranks(edition: Edition, on: date) -> dict[str, int]:
    """The rank of each tier in force on a day."""
    rows = frame(
        edition,
        """
        select tier, "rank"
        from policy.tiers
        where valid_from <= $on and (valid_to is null or $on < valid_to)
        """,
        {"on": on},
    )
    return {row.tier: int(row.rank) for row in records(rows)}


def is_costed(edition: Edition) -> bool:
    """Whether the version says what partners cost at each tier; older ones do not."""
    return has(edition, "fct_tier_cost")


@st.cache_data(max_entries=4, show_spinner=False)
def costs(edition: Edition) -> pd.DataFrame:
    """One row per partner and tier at the latest quarter end: what a year would cost there."""
    return frame(edition, _COSTS)


def with_costs(rows: pd.DataFrame, costs: pd.DataFrame, now: str, then: str) -> pd.DataFrame:
    """The rows with what going from the tier in one column to that in another would cost a year.

    Adds `cost_change_cents` and a change for each part. No tier costs nothing; a tier of which the
    version says no cost leaves the change absent.
    """
    out = rows
    for column in ("cost", *COST_PARTS):
        by_tier = costs.set_index(["partner_id", "tier"])[f"{column}_cents"]
        at = [_at(rows, tier, by_tier) for tier in (now, then)]
        out = out.assign(**{f"{column}_change_cents": at[1] - at[0]})
    return out


def _at(rows: pd.DataFrame, tier: str, cents: "pd.Series[int]") -> "pd.Series[float]":
    keys = pd.MultiIndex.from_arrays([rows["partner_id"], rows[tier]])
    found = pd.Series(cents.reindex(keys).to_numpy(), index=rows.index, dtype="float64")
    return found.mask(rows[tier].isna(), 0.0)
