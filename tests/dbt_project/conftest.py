import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from filelock import FileLock
from running_dbt import dbt
from scored_company import company, load

from orchestration.scoring import scoring_models
from warehouse.settings import Settings
from warehouse.snapshots import publish

SEED = 20261118


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build database of the random company, with what dbt wrote beside it; only to be read.

    Every worker of a test run shares it.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "scored"
    folder.mkdir(exist_ok=True)
    path = folder / "scorecards.duckdb"
    with FileLock(folder / "lock"):
        if not (folder / "built").exists():
            load(path, company(SEED))
            dbt(
                path,
                "build",
                "--select",
                "+mart_scorecard_weekly",
                "+fct_metric_evidence",
                "+fct_si_quality",
                "+fct_remediation",
                "+fct_score_bridge",
                "+fct_tier_path",
                "+int_tier__movement",
                "+fct_attribution_tier_effect",
                "+fct_attribution_disagreement",
                "+fct_payout_reconciliation",
                "+fct_payout_due",
                "+fct_tier_cost",
                "+fct_margin_bridge_monthly",
                "+fct_kill_list",
                "+fct_reconciliation_difference",
                "+fct_unconverted_amount",
                "+fct_leakage_check",
                "--exclude-resource-type",
                "unit_test",
                "test",
            )
            (folder / "built").touch()
    return path


@pytest.fixture(scope="session")
def scored_home(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the random company is published, with its rules."""
    home = tmp_path_factory.mktemp("home")
    target = scored.parent / "target"
    manifest = json.loads((target / "manifest.json").read_bytes())
    publish(
        Settings(home=home),
        scored,
        published_at=datetime(2026, 11, 19, 6),
        definitions=(),
        scoring=scoring_models(manifest, target),
    )
    return home
