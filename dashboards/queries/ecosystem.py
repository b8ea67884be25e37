"""The ecosystem of a version: its KPIs over time, segments, what went well and what did not."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboards.queries.published import Edition, frames, has

MART = "mart_ecosystem_kpi"
EVENTS = "fct_ecosystem_event"
SEGMENTS = "mart_segment_quarterly"
COHORTS = "fct_retention_cohort"

_SEGMENTS = f"""
with
    quarters as (
        select quarter_end, row_number() over (order by quarter_end desc) as position
        from (select distinct quarter_end from marts.{SEGMENTS})
    ),

    before as (
        select segments.*
        from marts.{SEGMENTS} as segments
        inner join quarters
            on segments.quarter_end = quarters.quarter_end and quarters.position = 2
    )

select
    segments.*,
    coalesce(partner.partner_name, 'Unknown partner') as partner_name,
    partner.partner_manager,
    partner.current_tier,
    before.segment as segment_before
from marts.{SEGMENTS} as segments
inner join quarters on segments.quarter_end = quarters.quarter_end and quarters.position = 1
left join before on before.partner_id = segments.partner_id
left join marts.dim_partner as partner on partner.partner_id = segments.partner_id
order by segments.sourced_arr desc nulls last, segments.partner_id
"""

_EVENTS = f"""
select event.*, partner.partner_name
from marts.{EVENTS} as event
left join marts.dim_partner as partner on partner.partner_id = event.partner_id
where event.quarter_end >= (select max(quarter_end) from marts.{EVENTS}) - interval 100 days
order by event.quarter_end desc, event.kind desc, event."rank", event.on_date, event.partner_id
"""

_COHORTS = f"""
select
    cohort_quarter,
    months,
    sum(accounts)::bigint as accounts,
    case
        when count(active_accounts) = count(*) then sum(active_accounts) / nullif(sum(accounts), 0)
    end as active_share,
    max(due_on) as due_on
from marts.{COHORTS}
group by cohort_quarter, months
having cohort_quarter >= (select max(cohort_quarter) from marts.{COHORTS}) - interval 33 months
order by cohort_quarter, months
"""


@dataclass(frozen=True)
class Ecosystem:
    """What the page shows of one version."""

    kpis: pd.DataFrame
    """One row per KPI and month or week, in the order of the programme, the first period first."""
    segments: pd.DataFrame | None
    """One row per partner of the last quarter, with the segment it was in before; the largest
    sourced ARR first. None in versions without segments, like the others."""
    events: pd.DataFrame | None
    """One row per win or failure of the last quarter, which may still run, and of the one before;
    the weightiest of each kind first."""
    cohorts: pd.DataFrame | None
    """One row per quarter of first subscriptions and anniversary, of all partners' accounts."""


def is_published(edition: Edition) -> bool:
    """Whether the version has KPIs; earlier ones did not."""
    return has(edition, MART)


@st.cache_data(max_entries=4, show_spinner=False)
def ecosystem(edition: Edition) -> Ecosystem:
    """Everything the page shows of a version that `is_published`."""

    asked = {
        "kpis": (f"from marts.{MART} order by position, kpi_key, period_end", (MART,)),
        "segments": (_SEGMENTS, (SEGMENTS, "dim_partner")),
        "events": (_EVENTS, (EVENTS, "dim_partner")),
        "cohorts": (_COHORTS, (COHORTS,)),
    }
    there: dict[str, tuple[str, dict[str, object]]] = {
        name: (query, {})
        for name, (query, marts) in asked.items()
        if all(has(edition, mart) for mart in marts)
    }
    found = frames(edition, there)
    return Ecosystem(
        kpis=found["kpis"],
        segments=found.get("segments"),
        events=found.get("events"),
        cohorts=found.get("cohorts"),
    )
