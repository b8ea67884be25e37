"""The source rows behind one metric of one partner."""

from datetime import date

import pandas as pd
import streamlit as st

from dashboards.queries.published import Edition, frame

_EVIDENCE = """
select
    entity,
    entity_id,
    happened_at,
    amount_cents,
    contribution::double as contribution,
    denominator_contribution::double as denominator
from marts.fct_metric_evidence
where metric_key = $metric_key
    and partner_id = $partner_id
    and counted_from < $period_end
    and $period_end <= counted_until
order by
    abs(contribution) desc,
    abs(denominator_contribution) desc nulls last,
    happened_at desc nulls last,
    entity,
    entity_id
"""


@st.cache_data(max_entries=64, show_spinner=False)
def evidence(edition: Edition, partner_id: str, metric_key: str, period_end: date) -> pd.DataFrame:
    """What counts in the metric in the period of either kind that ends at `period_end`, exclusive.

    One row per source row, what adds most first. Columns: entity (`system.entity`), entity_id,
    happened_at, amount_cents (reporting currency, NA where it is no deal), contribution to the
    numerator, and denominator, NaN where nothing is divided. Empty where nothing was counted.
    """
    return frame(
        edition,
        _EVIDENCE,
        {"partner_id": partner_id, "metric_key": metric_key, "period_end": period_end},
    )
