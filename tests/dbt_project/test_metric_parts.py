"""Adding a metric = one SQL file, one row of policy and its bands; none without the others."""

import csv
import re
from pathlib import Path

import yaml

from warehouse.settings import DBT_PROJECT, DEFAULT_POLICY

MODELS = DBT_PROJECT / "models"
METRICS = MODELS / "metrics"


POLICIES = [DEFAULT_POLICY, *sorted(DEFAULT_POLICY.parent.glob("programmes/*"))]
"""The default programme and those that show what else policy can say."""


def policy(folder: Path, file: str) -> list[dict[str, str]]:
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def metric_files() -> dict[str, Path]:
    return {path.stem.removeprefix("metric_"): path for path in METRICS.glob("metric_*.sql")}


def test_every_metric_has_its_sql_its_row_and_its_bands() -> None:
    files = metric_files().keys()
    known = set()
    for folder in POLICIES:
        rows = policy(folder, "metrics.csv")
        known |= {row["metric_key"] for row in rows}
        scored = {row["metric_key"] for row in rows if row["criterion"]}
        bands = {row["metric_key"] for row in policy(folder, "rubric_bands.csv")}
        assert bands == scored, f"without a criterion or without bands: {sorted(bands ^ scored)}"
    assert files == known, f"without a row or without SQL: {sorted(files ^ known)}"


def test_every_metric_is_stacked_into_the_spine() -> None:
    text = (METRICS / "int_metric_values.sql").read_text(encoding="utf-8")
    listed = re.findall(r'^    "(\w+)",$', text, flags=re.MULTILINE)
    assert listed == sorted(metric_files())


def test_every_metric_shows_what_is_behind_it() -> None:
    evidence = "".join(
        path.read_text(encoding="utf-8") for path in (MODELS / "evidence").glob("*.sql")
    )
    silent = [key for key in metric_files() if not re.search(f"['\"]{key}['\"]", evidence)]
    assert silent == []


def test_every_metric_model_is_of_the_one_shape() -> None:
    columns = ("metric_key", "numerator", "denominator", "sample_size", "value")
    for key, path in metric_files().items():
        sql = path.read_text(encoding="utf-8")
        names = re.findall(r"^    (\w+) as \(", sql, flags=re.MULTILINE)
        assert sql.startswith("-- One row per partner and period the metric applies to: "), key
        assert (names[0], names[-2:]) == ("windows", ["totals", f"metric_{key}"]), key
        assert f"where metric_key = '{key}' and is_applicable" in sql, key
        assert sql.endswith(f"\n\nselect *\nfrom metric_{key}\n"), key
        last = sql[sql.index(f"    metric_{key} as (") :]
        places = [last.index(f" as {column}") for column in columns]
        assert places == sorted(places), key


def test_every_metric_is_described() -> None:
    described = {
        model["name"].removeprefix("metric_")
        for model in yaml.safe_load((METRICS / "_metrics.yml").read_text(encoding="utf-8"))[
            "models"
        ]
        if model["name"].startswith("metric_") and model["description"]
    }
    assert described == metric_files().keys()


def test_the_boundaries_tested_are_those_of_the_default_policy() -> None:
    tested = {"rubric_bands": "_scoring_unit_tests.yml", "tier_gates": "_tier_gate_unit_tests.yml"}
    for table, file in tested.items():
        tests = yaml.safe_load((MODELS / "marts" / file).read_text(encoding="utf-8"))
        inputs = tests["unit_tests"][0]["given"]
        rows = next(given["rows"] for given in inputs if given["input"] == f"ref('{table}')")
        policy_file = DEFAULT_POLICY / f"{table}.csv"
        assert rows.strip() == policy_file.read_text(encoding="utf-8").strip()


def test_a_change_of_any_policy_file_is_a_new_version_of_the_policy() -> None:
    text = (METRICS / "int_policy_versions.sql").read_text(encoding="utf-8")
    listed = re.findall(r'^    "(\w+)",$', text, flags=re.MULTILINE)
    assert listed == sorted(path.stem for path in DEFAULT_POLICY.glob("*.csv"))
