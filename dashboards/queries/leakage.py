"""Leaks of a version, and what each check looked at."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboards.queries.published import Edition, frame, has

MART = "fct_leakage_check"
MARTS = (MART, "dim_partner", "dim_account")

_IN_FORCE = """
checks as (
    select check_key, label, "rank"
    from policy.leakage_checks
    cross join quality.snapshot
    where valid_from <= as_of and (valid_to is null or as_of < valid_to)
)
"""

_LEAKS = f"""
with {_IN_FORCE}
select
    finding.finding_id,
    finding.check_key,
    coalesce(checks.label, finding.check_key) as label,
    finding.partner_id,
    case
        when finding.partner_id = 'direct' then 'Direct'
        else coalesce(partner.partner_name, 'Unknown partner')
    end as partner_name,
    partner.partner_id is not null as has_partner,
    partner.partner_manager,
    finding.account_id,
    coalesce(account.account_name, finding.account_id) as account_name,
    finding.entity_type,
    finding.entity_id,
    finding.period,
    finding.amount_cents,
    finding.has_amount,
    finding.evidence,
    finding.first_seen_on,
    date_diff('day', finding.first_seen_on, snapshot.as_of) as age_days,
    finding.finding_state
from marts.fct_leakage_check as finding
cross join quality.snapshot
left join checks on checks.check_key = finding.check_key
left join marts.dim_partner as partner on partner.partner_id = finding.partner_id
left join marts.dim_account as account on account.account_id = finding.account_id
where finding.state = 'leak'
order by finding.amount_cents desc, finding.first_seen_on, checks."rank", finding.finding_id
"""

_CHECKS = f"""
with
    {_IN_FORCE},
    counted as (
        select
            check_key,
            count(*) filter (where state = 'clear') as clear,
            count(*) filter (where state = 'cannot_tell' and entity_type <> 'extract') as untold,
            bool_and(state = 'cannot_tell') as is_blind,
            string_agg(distinct missing_sources, '; ' order by missing_sources) as missing_sources
        from marts.fct_leakage_check
        group by check_key
    )
select
    checks.check_key,
    checks.label,
    coalesce(counted.clear, 0) as clear,
    coalesce(counted.untold, 0) as untold,
    coalesce(counted.is_blind, false) as is_blind,
    counted.missing_sources
from checks
left join counted on counted.check_key = checks.check_key
order by checks."rank"
"""


@dataclass(frozen=True)
class Leakage:
    """What the page shows of one version."""

    leaks: pd.DataFrame
    """One row per leak, the largest first."""
    checks: pd.DataFrame
    """One row per check in force, in the order of policy: how many it found clear or could not
    tell, and for want of what."""


def is_published(edition: Edition) -> bool:
    """Whether the version holds all the page shows; earlier ones looked for no leaks."""
    return all(has(edition, mart) for mart in MARTS)


@st.cache_data(max_entries=4, show_spinner=False)
def leakage(edition: Edition) -> Leakage:
    """Everything the page shows of a version that `is_published`."""
    return Leakage(leaks=frame(edition, _LEAKS), checks=frame(edition, _CHECKS))
