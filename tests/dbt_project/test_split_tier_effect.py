"""The tier by each split model against the whole scoring, run again with the model's credit."""

import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rebuilding import models_in_order, run_nodes

QUARTER, WINDOW = date(2026, 7, 1), (date(2025, 10, 1), date(2026, 10, 1))
"""The latest quarter of the random company, and the twelve months to its end."""
LOWERED = """
    delete from policy.tier_gates where gate not in ('weighted_score', 'sourced_arr');
    update policy.tier_gates
    set required = case tier when 'silver' then 1.8 when 'gold' then 2.1 else 2.4 end
    where gate = 'weighted_score';
    insert into policy.tier_gates (tier, gate, gate_group, comparison, required, valid_from)
    values ('registered', 'sourced_arr', 'performance', 'at_least', 1, date '2000-01-01')
"""
"""Gates that hang on revenue, so that the models come to different tiers."""


@pytest.fixture(scope="module")
def company(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The random company under lower gates, with the tier by each model."""
    copy = Path(shutil.copy(scored, tmp_path_factory.mktemp("effect")))
    with duckdb.connect(str(copy)) as connection:
        connection.execute(LOWERED)
        rescore(connection, scored)
        [effect] = models_in_order(scored, ("fct_attribution_tier_effect",))[-1:]
        run_nodes(connection, scored, [effect])
        yield connection


def rescore(connection: Any, scored: Path) -> None:
    """Everything that follows from metrics, bands, weights and gates."""
    nodes = models_in_order(scored, ("fct_tier_score",))
    run_nodes(connection, scored, [node for node in nodes if "rescored" in node["tags"]])


def told(connection: Any, model: str) -> dict[str, str | None]:
    rows = connection.execute(
        "select partner_id, qualified_tier from marts.fct_attribution_tier_effect where model = ?",
        [model],
    ).fetchall()
    return dict(rows)


def qualified(connection: Any) -> dict[str, str | None]:
    rows = connection.execute(
        "select partner_id, qualified_tier from marts.fct_tier_score "
        "where period_kind = 'quarter' and period_start = ?",
        [QUARTER],
    ).fetchall()
    return dict(rows)


def test_each_model_gives_the_tier_that_scoring_with_its_credit_gives(
    company: Any, scored: Path
) -> None:
    published = qualified(company)
    rows = company.execute(
        """
        select distinct partner_id, published_qualified_tier
        from marts.fct_attribution_tier_effect
        """
    ).fetchall()
    assert dict(rows) == published
    bases = dict(
        company.execute(
            "select partner_id, revenue_basis from metrics.int_partner__periods "
            "where period_kind = 'quarter' and period_start = ?",
            [QUARTER],
        ).fetchall()
    )
    outcomes = defaultdict(set)
    for model in (
        "first_touch",
        "last_touch",
        "linear",
        "position_based",
        "time_decay",
        "role_based",
    ):
        credited = dict.fromkeys(bases, 0)
        for partner, cents, closed_on in company.execute(
            """
            select partner_id, credit_cents, closed_on
            from marts.fct_attribution
            inner join marts.dim_opportunity using (opportunity_id, closed_on)
            where model = ? and opportunity_type <> 'renewal'
            """,
            [model],
        ).fetchall():
            if partner in credited and WINDOW[0] <= closed_on < WINDOW[1]:
                credited[partner] += cents or 0
        for partner, cents in credited.items():
            company.execute(
                f"update metrics.metric_{bases[partner]}_arr set value = cast(? as bigint) * 0.01 "
                "where partner_id = ? and period_start = ? and period_kind = 'quarter'",
                [cents, partner, QUARTER],
            )
        mine = told(company, model)
        rescore(company, scored)
        assert qualified(company) == mine, model
        for partner, tier in mine.items():
            outcomes[partner].add(tier)
        assert credited == dict(
            company.execute(
                "select partner_id, credited_arr_cents from marts.fct_attribution_tier_effect "
                "where model = ?",
                [model],
            ).fetchall()
        )
    decisive = dict(
        company.execute(
            "select distinct partner_id, is_decisive from marts.fct_attribution_tier_effect"
        ).fetchall()
    )
    assert decisive == {partner: len(tiers) > 1 for partner, tiers in outcomes.items()}
    assert set(decisive.values()) == {True, False}
