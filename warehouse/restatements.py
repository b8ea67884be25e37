"""What an older version published otherwise than another: same partner and week, other numbers."""

from typing import TYPE_CHECKING

from warehouse.connections import open_in_memory
from warehouse.settings import Settings
from warehouse.snapshots import version_file

if TYPE_CHECKING:
    import pandas as pd

_RESTATED = """
select
    scorecard.partner_id,
    scorecard.partner_name,
    scorecard.period_start,
    earlier.weighted_score as score_then,
    scorecard.weighted_score as score_now,
    earlier.current_tier as tier_then,
    scorecard.current_tier as tier_now,
    earlier.coverage as coverage_then,
    scorecard.coverage as coverage_now
from now.marts.mart_scorecard_weekly as scorecard
inner join earlier.marts.mart_scorecard_weekly as earlier
    on earlier.partner_id = scorecard.partner_id and earlier.period_start = scorecard.period_start
where
    earlier.weighted_score is distinct from scorecard.weighted_score
    or earlier.current_tier is distinct from scorecard.current_tier
    or earlier.coverage is distinct from scorecard.coverage
order by scorecard.period_start desc, scorecard.partner_name, scorecard.partner_id
"""


def restatements(settings: Settings, then: str, now: str) -> "pd.DataFrame":
    """Partner weeks of both versions whose score, tier or coverage differ, to nine places.

    Columns: partner_id, partner_name (as it is now), period_start, and score, tier and coverage
    `_then` and `_now`; the latest week first. Raises NotPublishedError.
    """
    with open_in_memory() as connection:
        for name, version in (("earlier", then), ("now", now)):
            path = str(version_file(settings, version)).replace("'", "''")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        return connection.execute(_RESTATED).df()
