"""Deal registrations as they stood at the as-of date, and what policy asks of our answers."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboards.frames import records
from dashboards.queries.published import Edition, frame, has

MART = "fct_deal_registration"
MARTS = (MART, "dim_partner", "dim_opportunity", "dim_account")

_CLAIMS = """
select
    registration.registration_id,
    registration.partner_id,
    coalesce(partner.partner_name, 'Unknown partner') as partner_name,
    partner.partner_manager,
    partner.current_tier,
    registration.account_id,
    coalesce(account.account_name, registration.account_id) as account_name,
    account.segment,
    registration.opportunity_id,
    opportunity.opportunity_id is not null as has_deal,
    coalesce(opportunity.opportunity_name, registration.opportunity_id) as opportunity_name,
    opportunity.stage,
    opportunity.is_won,
    registration.status,
    registration.submitted_at,
    registration.responded_at,
    registration.valid_from,
    registration.valid_until,
    registration.response_hours::double as response_hours,
    registration.is_within_target,
    registration.ruling,
    registration.routed_to
from marts.fct_deal_registration as registration
left join marts.dim_partner as partner on partner.partner_id = registration.partner_id
left join marts.dim_opportunity as opportunity
    on opportunity.opportunity_id = registration.opportunity_id
left join marts.dim_account as account on account.account_id = registration.account_id
order by registration.submitted_at desc, registration.registration_id
"""

_RULES = """
select setting, value
from policy.registration_rules
cross join quality.snapshot
where valid_from <= as_of and (valid_to is null or as_of < valid_to)
"""

_EXTRACT = """
select is_present
from quality.entities
where system = 'crm' and entity = 'deal_registrations'
"""


@dataclass(frozen=True)
class Registrations:
    """What the page shows of one version."""

    claims: pd.DataFrame
    """One row per registration, the latest submission first, with its partner, account and deal."""
    target_hours: int | None
    """Hours in which policy wants a claim answered."""
    goal: Decimal | None
    """The share of answers that policy wants within them."""
    silence_days: int | None
    """Days without an event after which a claim ends."""
    is_present: bool
    """Whether an extract of registrations is there."""


def is_published(edition: Edition) -> bool:
    """Whether the version holds all the page shows; earlier ones did not route their claims."""
    return all(has(edition, mart) for mart in MARTS) and has(edition, MART, "routed_to")


@st.cache_resource(max_entries=4, show_spinner=False)
def registrations(edition: Edition) -> Registrations:
    """Everything the page shows of a version that `is_published`; shared, so never changed."""
    rules = {row.setting: row.value for row in records(frame(edition, _RULES))}
    there = frame(edition, _EXTRACT)
    goal = rules.get("response_goal_share")
    return Registrations(
        claims=frame(edition, _CLAIMS),
        target_hours=_whole(rules.get("response_target_hours")),
        goal=None if goal is None else Decimal(str(goal)),
        silence_days=_whole(rules.get("inactivity_days")),
        is_present=not there.empty and bool(there["is_present"].iloc[0]),
    )


def _whole(value: str | None) -> int | None:
    return None if value is None else int(value)
