"""The leakage checks over a company that leaks in every way, and over what is left of it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from leaking_company import AS_OF, LEAKS, USAGE, rows
from rebuilding import build_alike, models_in_order
from scored_company import load

from warehouse.settings import DBT_PROJECT

CHECKS = DBT_PROJECT.parent / "seeds" / "policy" / "leakage_checks.csv"
MART = "marts.fct_leakage_check"


@pytest.fixture(scope="module")
def leaking(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build database of the company."""
    path = tmp_path_factory.mktemp("leaking") / scored.name
    load(path, rows(), AS_OF)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table raw.calls as from raw.telemetry__api_usage_daily")
        connection.execute("drop view raw.telemetry__api_usage_daily")
        connection.execute("alter table raw.calls rename to telemetry__api_usage_daily")
        connection.executemany(
            "insert into raw.telemetry__api_usage_daily "
            "(integration_id, account_id, usage_on, units, meter, calls) "
            "values ('I1', ?, ?, ?, 'calls', 10)",
            USAGE,
        )
        for table, seen in (("entities", "is_present = true"), ("columns", "state = 'present'")):
            connection.execute(
                f"update quality.{table} set {seen} "
                "where system = 'telemetry' and entity = 'api_usage'"
            )
    build_alike(scored, path, wanted=["fct_leakage_check"])
    return path


@pytest.fixture(scope="module")
def tables(scored: Path) -> list[tuple[str, str, set[str], str]]:
    """Each model the mart stands on: relation, key, what it reads, and its SQL unless a view."""
    compiled = scored.parent / "target" / "compiled" / "partner_scorecards"
    return [
        (
            f"{node['schema']}.{node['name']}",
            node["unique_id"],
            set(node["depends_on"]["nodes"]),
            ""
            if node["config"]["materialized"] == "view"
            else (compiled / node["original_file_path"]).read_text(encoding="utf-8"),
        )
        for node in models_in_order(scored, ["fct_leakage_check"])
    ]


@pytest.fixture(scope="module")
def company(leaking: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to it, in which a test may build again what it takes back in the end."""
    with duckdb.connect(str(leaking)) as connection:
        yield connection


def total(connection: duckdb.DuckDBPyConnection) -> int:
    [(cents,)] = connection.execute(
        f"select sum(amount_cents) from {MART} where state = 'leak'"
    ).fetchall()
    return int(cents or 0)


def required() -> dict[str, set[str]]:
    """The entities each check of the policy needs."""
    with CHECKS.open(encoding="utf-8", newline="") as lines:
        return {
            row["check_key"]: {".".join(name.split(".")[:2]) for name in row["requires"].split()}
            for row in csv.DictReader(lines)
        }


def test_every_check_of_the_policy_has_a_model_and_its_place_in_the_stack():
    folder = DBT_PROJECT / "models" / "leakage"
    models = {path.stem.removeprefix("leakage_") for path in folder.glob("leakage_*.sql")}
    stack = (folder / "int_leakage__findings.sql").read_text(encoding="utf-8")
    assert models == set(required())
    assert all(f'"{check}"' in stack for check in models)


def test_every_leak_is_found_with_its_amount_and_nothing_besides(company):
    found = company.execute(
        f"""
        select check_key, coalesce(accruals.opportunity_id, entity_id),
            case when has_amount then checks.amount_cents end, evidence
        from {MART} as checks
        left join marts.fct_commission_accrual as accruals on checks.entity_id = accruals.accrual_id
        where state = 'leak'
        """
    ).fetchall()
    assert {(check, entity): cents for check, entity, cents, _ in found} == LEAKS
    assert len(found) == len(LEAKS)
    assert all(evidence for *_, evidence in found)
    assert total(company) == sum(cents or 0 for cents in LEAKS.values())


def test_what_was_looked_at_is_listed_be_it_clear(company):
    looked_at = dict(
        company.execute(
            f"select check_key, count(*) from {MART} where state = 'clear' group by 1"
        ).fetchall()
    )
    assert looked_at["uninvoiced_subscription"] == 9
    assert looked_at["payout_without_attribution"] == 5
    assert looked_at["overpaid_payout"] == 4


@pytest.mark.parametrize(
    "entity", sorted({entity for entities in required().values() for entity in entities})
)
def test_without_an_extract_the_checks_that_need_it_cannot_tell_and_no_more_money_leaks(
    company, tables, entity
):
    """Its rows are gone and quality knows it: everything that stands on it is built again."""
    before = total(company)
    needing = {check for check, entities in required().items() if entity in entities}
    relation = f"raw.{entity.replace('.', '__')}" + ("_daily" * (entity == "telemetry.api_usage"))
    company.execute("begin")
    try:
        company.execute(f"delete from {relation}")
        company.execute(
            "update quality.entities set is_present = false, is_stale = null "
            "where system || '.' || entity = ?",
            [entity],
        )
        build_again(company, tables, relation.split(".")[1])
        states = company.execute(
            f"select check_key, state, missing_sources from {MART} group by all"
        ).fetchall()
        assert {check for check, state, _ in states if state == "cannot_tell"} == needing
        assert not {check for check, state, _ in states if state != "cannot_tell"} & needing
        assert {missing for _, _, missing in states} == {None, f"{entity} is missing"}
        assert total(company) <= before
    finally:
        company.execute("rollback")


def build_again(
    connection: duckdb.DuckDBPyConnection, tables: list[tuple[str, str, set[str], str]], raw: str
) -> None:
    """Every table of the mart's line that tells a raw relation, or whether its extract is there."""
    touched = {f"source.partner_scorecards.raw.{raw}"}
    asking = {"metrics.int_metric_sources"}
    if raw == "crm__registration_events":
        asking.add("metrics.int_registration__events")
    for relation, key, reads, sql in tables:
        if relation in asking or not touched.isdisjoint(reads):
            touched.add(key)
            if sql:
                connection.execute(f"create or replace table {relation} as {sql}")
