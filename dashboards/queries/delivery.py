"""How system integrators deliver: quality, the remediation ladder, and projects that are late."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboards.frames import records
from dashboards.queries.published import Edition, frame

MARTS = ("fct_si_quality", "fct_remediation", "fct_project", "dim_partner")

_QUALITY = """
with
    latest as (
        select
            quality.*,
            lag(si_quality_score, 13) over (
                partition by partner_id order by period_start
            ) as score_13_weeks_ago
        from marts.fct_si_quality as quality
        where period_kind = 'week'
        qualify period_end = (select period_end from quality.snapshot)
    ),
    quarters as (
        select
            partner_id,
            list(coalesce(si_quality_score::double, 'nan') order by period_start) as quarter_scores,
            list(period_end - 1 order by period_start) as quarter_ends
        from marts.fct_si_quality
        where period_kind = 'quarter'
        group by partner_id
    ),
    rungs as (
        from marts.fct_remediation
        qualify row_number() over (partition by partner_id order by quarter_end desc) = 1
    ),
    late as (
        select partner_id, count(*) as projects_late
        from marts.fct_project
        where is_late
        group by partner_id
    )
select
    partner.partner_name,
    partner.partner_manager,
    latest.*,
    coalesce(rungs.rung, 'none') as rung,
    rungs.quarter_end as rung_of,
    rungs.on_rung_since,
    rungs.reason,
    rungs.si_quality_score as quarter_score,
    coalesce(quarters.quarter_scores, []) as quarter_scores,
    coalesce(quarters.quarter_ends, []) as quarter_ends,
    coalesce(late.projects_late, 0) as projects_late
from latest
inner join marts.dim_partner as partner on partner.partner_id = latest.partner_id
left join quarters on quarters.partner_id = latest.partner_id
left join rungs on rungs.partner_id = latest.partner_id
left join late on late.partner_id = latest.partner_id
order by partner.partner_name, latest.partner_id
"""

_LATE = """
select
    project.project_id,
    project.partner_id,
    coalesce(partner.partner_name, 'Unknown partner') as partner_name,
    partner.partner_type,
    project.account_id,
    project.kicked_off_on,
    project.planned_go_live_on,
    project.status,
    project.days_late
from marts.fct_project as project
left join marts.dim_partner as partner on partner.partner_id = project.partner_id
where project.is_late
order by project.days_late desc, project.project_id
"""

_COMPONENTS = """
select component, label, weight, full_at, zero_at, minimum_sample
from policy.si_quality_components
cross join quality.snapshot
where valid_from < period_end and (valid_to is null or valid_to >= period_end)
"""

_RUNGS = """
select rung, any_value("rank") as place, max(score_below) as score_below
from policy.remediation_ladder
cross join quality.snapshot
where valid_from < period_end and (valid_to is null or valid_to >= period_end)
group by rung
order by place
"""


@dataclass(frozen=True)
class Component:
    """A component of SI quality as policy has it in the latest week."""

    key: str
    label: str
    full_at: float
    zero_at: float

    @property
    def is_lower_better(self) -> bool:
        """Whether a lower value is the better one."""
        return self.full_at < self.zero_at


@dataclass(frozen=True)
class Delivery:
    """What the page shows of one version."""

    quality: pd.DataFrame
    """One row per integrator scored in the latest week, by name: its marts' columns, the score 13
    weeks ago, its rung after the latest quarter and the scores of the quarters."""
    late: pd.DataFrame
    """One row per late project of any partner, the latest first."""
    components: dict[str, Component]
    """By key, in the order they are read in."""
    rungs: dict[str, int]
    """The rungs of the ladder and their places, lowest first."""
    highest_line: float | None
    """The score below which the ladder begins."""
    least_projects: int
    """Live projects with which there is a score."""
    has_projects: bool
    """Whether an extract of projects is there."""


@st.cache_data(max_entries=4, show_spinner=False)
def delivery(edition: Edition) -> Delivery:
    """Everything the page shows of one version that has the marts."""
    order = ("churn", "nps", "rollout", "tickets", "incidents")
    rungs = frame(edition, _RUNGS)
    least = frame(
        edition,
        """
        select max(minimum_sample) as projects
        from policy.metrics
        cross join quality.snapshot
        where metric_key = 'si_quality'
            and valid_from < period_end
            and (valid_to is null or valid_to >= period_end)
        """,
    )["projects"].iloc[0]
    there = frame(
        edition,
        """
        select is_present
        from quality.entities
        where system = 'crm' and entity = 'implementations'
        """,
    )
    components = {
        row.component: Component(row.component, row.label, float(row.full_at), float(row.zero_at))
        for row in records(frame(edition, _COMPONENTS))
    }
    return Delivery(
        quality=frame(edition, _QUALITY),
        late=frame(edition, _LATE),
        components={key: components[key] for key in order if key in components},
        rungs={row.rung: int(row.place) for row in records(rungs)},
        highest_line=None if rungs.empty else float(rungs["score_below"].max()),
        least_projects=0 if pd.isna(least) else int(least),
        has_projects=not there.empty and bool(there["is_present"].iloc[0]),
    )
