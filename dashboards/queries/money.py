"""Money of a version: what each month earned and cost, what is owed, and what reconciles."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from dashboards.queries import published
from dashboards.queries.published import Edition, frame

RECONCILED = ("fct_reconciliation", "fct_reconciliation_difference")

REVIEWED = (
    "mart_revenue_review_monthly",
    "mart_margin_by_partner_type_monthly",
    "fct_partner_margin_monthly",
    "fct_margin_bridge_monthly",
    "fct_kill_list",
    "fct_tier_economics",
    "fct_payout_due",
    "fct_leakage_check",
    "fct_unconverted_amount",
    "dim_partner",
)
DUE_SOON_DAYS = 30

_DUE = """
select
    due.partner_id,
    coalesce(partner.partner_name, 'Unknown partner') as partner_name,
    count(*) filter (where due.outstanding_cents > 0) as payouts,
    count(*) filter (where due.is_overdue and due.outstanding_cents > 0) as payouts_overdue,
    count(*) filter (where due.outstanding_reporting_cents is null) as payouts_unconverted,
    min(due.payable_on) as first_payable_on,
    coalesce(sum(due.outstanding_reporting_cents) filter (where due.is_overdue), 0)::bigint
        as overdue_cents,
    coalesce(
        sum(due.outstanding_reporting_cents) filter (
            where not due.is_overdue and due.payable_on <= snapshot.as_of + $soon
        ),
        0
    )::bigint as soon_cents,
    coalesce(sum(due.outstanding_reporting_cents), 0)::bigint as outstanding_cents
from marts.fct_payout_due as due
cross join quality.snapshot
left join marts.dim_partner as partner on partner.partner_id = due.partner_id
where due.outstanding_cents <> 0
group by due.partner_id, partner.partner_name
order by overdue_cents desc, soon_cents desc, outstanding_cents desc, due.partner_id
"""

_LEAKS = """
select
    leak.finding_id,
    leak.check_key,
    coalesce(checks.label, leak.check_key) as label,
    leak.partner_id,
    coalesce(partner.partner_name, leak.partner_id) as partner_name,
    leak.entity_type,
    leak.entity_id,
    leak.amount_cents,
    leak.has_amount,
    leak.evidence,
    leak.first_seen_on,
    coalesce(leak.finding_state, 'open') as finding_state
from marts.fct_leakage_check as leak
cross join quality.snapshot
left join policy.leakage_checks as checks
    on checks.check_key = leak.check_key
    and checks.valid_from <= snapshot.as_of
    and (checks.valid_to is null or snapshot.as_of < checks.valid_to)
left join marts.dim_partner as partner on partner.partner_id = leak.partner_id
where leak.state = 'leak' and coalesce(leak.finding_state, 'open') <> 'resolved'
order by leak.amount_cents desc, leak.first_seen_on, leak.finding_id
"""

_PARTNERS = """
select
    case
        when margin.partner_id = 'direct' then 'Direct'
        else coalesce(partner.partner_name, 'Unknown partner')
    end as partner_name,
    margin.*
from marts.fct_partner_margin_monthly as margin
left join marts.dim_partner as partner on partner.partner_id = margin.partner_id
where margin.month = $month
order by margin.contribution_margin_cents, margin.partner_id, margin.partner_role
"""


@dataclass(frozen=True)
class Review:
    """What the revenue review shows of one version, but for its partners."""

    months: pd.DataFrame
    """One row per month of the company, the first first."""
    types: pd.DataFrame
    """One row per month and partner type."""
    bridge: pd.DataFrame
    """By how much each line moved the margin, a row per month, partner type and line."""
    motions: pd.DataFrame
    """One row per quarter and motion, the lowest margin first."""
    economics: pd.DataFrame
    """One row per quarter and tier that any partner held."""
    due: pd.DataFrame
    """One row per partner to whom something is owed, what is overdue first; what it still has to
    give back is taken off."""
    leaks: pd.DataFrame
    """One row per leak that nobody has resolved, the largest first."""
    unconverted: pd.DataFrame
    """One row per amount that has no rate, and is in no sum."""
    blind_checks: int
    """Checks for leaks that cannot be told for something, as an extract they need is absent."""
    missing: list[str]
    """Extracts without which figures fall short, as `system.entity`."""

    @property
    def is_billed(self) -> bool:
        """Whether the extracts are there without which all revenue would be 0."""
        return not {"billing.invoices", "billing.invoice_lines"} & set(self.missing)

    @property
    def has_payouts(self) -> bool:
        """Whether anything says what was paid; without it nothing is known to be owed."""
        return "billing.payouts" not in self.missing


def currency(edition: Edition) -> str:
    """The currency amounts without one of their own are in."""
    return published.setting(edition, "reporting_currency") or "USD"


def is_reviewed(edition: Edition) -> bool:
    """Whether the version has everything the revenue review reads."""
    return all(published.has(edition, mart) for mart in REVIEWED)


@st.cache_data(max_entries=4, show_spinner=False)
def review(edition: Edition) -> Review:
    """Everything the page shows of one version that has the marts."""
    months = frame(edition, "from marts.mart_revenue_review_monthly order by month")
    missing = months["missing_sources"].dropna()
    return Review(
        months=months,
        types=frame(
            edition,
            "from marts.mart_margin_by_partner_type_monthly order by month, partner_type",
        ),
        bridge=frame(
            edition,
            "from marts.fct_margin_bridge_monthly order by month, partner_type, position",
        ),
        motions=frame(
            edition,
            """
            from marts.fct_kill_list
            order by quarter_end, contribution_margin_cents, partner_type, partner_role
            """,
        ),
        economics=frame(edition, "from marts.fct_tier_economics order by quarter_end, tier"),
        due=frame(edition, _DUE, {"soon": DUE_SOON_DAYS}),
        leaks=frame(edition, _LEAKS),
        unconverted=frame(
            edition,
            "from marts.fct_unconverted_amount order by currency, on_date, entity, entity_id",
        ),
        blind_checks=int(
            frame(
                edition,
                """
                select count(*) as checks
                from (
                    select check_key
                    from marts.fct_leakage_check
                    group by check_key
                    having bool_and(state = 'cannot_tell')
                )
                """,
            )["checks"].iloc[0]
        ),
        missing=[] if missing.empty else str(missing.iloc[-1]).split(", "),
    )


@st.cache_data(max_entries=8, show_spinner=False)
def partners(edition: Edition, month: date) -> pd.DataFrame:
    """One row per partner and role of a month, the lowest margin first; direct has one too."""
    return frame(edition, _PARTNERS, {"month": month})


def payouts_due(edition: Edition) -> pd.DataFrame:
    """Every accrual that is not settled, the first payable first; read to be taken away."""
    return frame(
        edition,
        """
        from marts.fct_payout_due
        where outstanding_cents <> 0
        order by payable_on, partner_id, opportunity_id, kind, currency
        """,
    )


def is_reconciled(edition: Edition) -> bool:
    """Whether the version says what reconciles; those from before money was counted do not."""
    return all(published.has(edition, mart) for mart in RECONCILED)


@st.cache_data(max_entries=8, show_spinner=False)
def reconciliation(edition: Edition) -> pd.DataFrame:
    """One row per sum reached by two routes, in the order a controller reads them."""
    return frame(edition, "from marts.fct_reconciliation order by position, name")


@st.cache_data(max_entries=8, show_spinner=False)
def difference_reasons(edition: Edition) -> pd.DataFrame:
    """Why sums differ: a row per name, kind of row and reason, the largest first.

    `rows` counts what is behind it, `difference_cents` is what they come to, and `some` names up
    to three of them, the largest first.
    """
    return frame(
        edition,
        """
        select
            name,
            entity,
            reason,
            count(*) as rows,
            sum(difference_cents)::bigint as difference_cents,
            list(entity_id order by abs(difference_cents) desc, entity_id)[:3] as some
        from marts.fct_reconciliation_difference
        group by name, entity, reason
        order by name, max(abs(difference_cents)) desc, entity, reason
        """,
    )


def differences(edition: Edition) -> pd.DataFrame:
    """Every row behind a difference, the largest first; read when somebody takes it away."""
    return frame(
        edition,
        """
        from marts.fct_reconciliation_difference
        order by name, abs(difference_cents) desc, entity, entity_id, reason
        """,
    )
