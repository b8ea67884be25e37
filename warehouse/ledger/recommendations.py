"""Recommendations as they were first published: later loads and rules do not rewrite them."""

import json
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from warehouse.ledger.database import reading, writing
from warehouse.ledger.served import served_rows
from warehouse.ledger.tables import recommendations_table
from warehouse.settings import Settings

_NOT_JUDGED = ("stale", "source_missing", "coverage")
"""Reasons of a hold that say the partner was not judged: its recommendation is still open."""

_PUBLISHED = """
select * exclude (restated_action)
from marts.fct_tier_recommendation
where action <> 'hold' or reason not in ?
order by partner_id, quarter_end
"""


class FrozenRecommendation(NamedTuple):
    """A row of fct_tier_recommendation, as JSON, and the version that published it first."""

    partner_id: str
    quarter_end: date
    version: str
    row_json: str


def freeze(settings: Settings) -> int:
    """Append what the served version recommends and nothing before it did; how many that were.

    A partner that was not judged at a quarter's end stays open. Running it again adds nothing.
    Raises LedgerUnavailableError.
    """
    version, served = served_rows(
        settings, "fct_tier_recommendation", _PUBLISHED, [list(_NOT_JUDGED)]
    )
    if not served:
        return 0
    key = (recommendations_table.c.partner_id, recommendations_table.c.quarter_end)
    with writing(settings) as connection:
        held = {(row.partner_id, row.quarter_end) for row in connection.execute(select(*key))}
        new = [row for row in served if (row["partner_id"], row["quarter_end"]) not in held]
        if new:
            connection.execute(
                insert(recommendations_table), [_entry(row, version)._asdict() for row in new]
            )
    return len(new)


def frozen(settings: Settings) -> list[FrozenRecommendation]:
    """Every recommendation that is frozen. Raises LedgerUnavailableError."""
    with reading(settings, recommendations_table) as connection:
        if connection is None:
            return []
        rows = connection.execute(
            select(recommendations_table).order_by(
                recommendations_table.c.quarter_end, recommendations_table.c.partner_id
            )
        )
        return [FrozenRecommendation._make(row) for row in rows]


def _entry(row: dict[str, Any], version: str) -> FrozenRecommendation:
    # Decimals as text: no digit is lost.
    row_json = json.dumps(row, default=str, ensure_ascii=False, sort_keys=True)
    return FrozenRecommendation(row["partner_id"], row["quarter_end"], version, row_json)
