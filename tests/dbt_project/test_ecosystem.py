"""What ties the KPIs of policy to the models that tell them."""

import csv
import re
from collections import defaultdict

from warehouse.policy.schema import load_schema
from warehouse.settings import DBT_PROJECT

TARGETS = DBT_PROJECT.parent / "seeds" / "policy" / "kpi_targets.csv"


def test_every_kpi_of_the_policy_is_told_by_the_model_of_its_family_and_no_other():
    known = set(load_schema()["kpi_targets"].columns["kpi_key"].allowed)
    told = {
        path.stem.removeprefix("kpi_"): set(re.findall(r"'(\w+)'|\"(\w+)\"", path.read_text()))
        for path in (DBT_PROJECT / "models" / "ecosystem").glob("kpi_*.sql")
    }
    named = {family: {a or b for a, b in words} & known for family, words in told.items()}
    families = defaultdict(set)
    with TARGETS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            families[row["family"]].add(row["kpi_key"])
    assert families == named
    assert set().union(*families.values()) == known
