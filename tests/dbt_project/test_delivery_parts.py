"""The lines that unit tests of health and delivery hold to are those of the default policy."""

import pytest
import yaml

from warehouse.settings import DBT_PROJECT, DEFAULT_POLICY

MODELS = DBT_PROJECT / "models"
NO_LONGER_IN_FORCE = "offboarding_review,1,100,1,1990-01-01,2000-01-01\n"


@pytest.mark.parametrize(
    ("folder", "table", "besides"),
    [
        ("health", "health_points", ""),
        ("health", "health_bands", ""),
        ("delivery", "si_quality_components", ""),
        ("delivery", "remediation_ladder", NO_LONGER_IN_FORCE),
    ],
)
def test_the_lines_tested_are_those_of_the_default_policy(folder, table, besides):
    tests = yaml.safe_load(
        (MODELS / folder / f"_{folder}_unit_tests.yml").read_text(encoding="utf-8")
    )
    (given,) = (
        given["rows"]
        for test in tests["unit_tests"]
        for given in test["given"]
        if given["input"] == f"ref('{table}')"
    )
    assert given == (DEFAULT_POLICY / f"{table}.csv").read_text(encoding="utf-8") + besides


def test_every_model_of_health_and_delivery_is_described():
    for folder in ("health", "delivery"):
        described = yaml.safe_load((MODELS / folder / f"_{folder}.yml").read_text("utf-8"))
        names = {model["name"] for model in described["models"] if model["description"]}
        assert names == {path.stem for path in (MODELS / folder).glob("*.sql")}
