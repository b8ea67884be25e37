"""A what-if runs the rules of the build: the same rules give the marts, others what they build."""

import io
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rebuilding import rebuild

from warehouse import whatif
from warehouse.policy import validate_policy
from warehouse.policy.drafting import Draft, as_zip, breaches, replaced_from
from warehouse.settings import Settings
from warehouse.snapshots import current

EVER = date(2000, 1, 1)


@pytest.fixture(scope="module")
def scoring(scored_home: Path) -> whatif.Scoring:
    version = current(Settings(home=scored_home))
    assert version is not None
    return whatif.load(version.path)


def other_rules(policy: Draft, day: date = EVER) -> Draft:
    """Lower gates for silver, other weights for default partners, other bands for two metrics."""
    weights = {
        "revenue_influence": "0.1",
        "delivery_quality": "0.3",
        "security_posture": "0.25",
        "support_maturity": "0.35",
    }
    changes: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("criterion_weights", {"archetype": "default", "criterion": key}, {"weight": weight})
        for key, weight in weights.items()
    ]
    changes += [
        ("tier_gates", {"tier": "silver", "gate": "weighted_score"}, {"required": "1.2"}),
        ("tier_gates", {"tier": "silver", "gate": "every_criterion"}, {"required": "0.4"}),
        ("tier_gates", {"tier": "silver", "gate": "pipeline_created"}, {"required": "1000"}),
        ("rubric_bands", {"metric_key": "csat", "score": "4"}, {"score_at_upper_bound": "4.5"}),
        ("rubric_bands", {"metric_key": "win_rate", "score": "3"}, {"score": "3.5"}),
    ]
    draft = dict(policy)
    for table, of, cells in changes:
        [row] = [row for row in draft[table] if of.items() <= row.items()]
        draft[table] = replaced_from(draft[table], of, [row | cells], day)
    return draft


def changed(policy: Draft, draft: Draft) -> Draft:
    return {table: rows for table, rows in draft.items() if rows != policy[table]}


def differences(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    [(rows,)] = connection.execute(
        f"select count(*) from ((select * from {one} except all select * from {other}) "
        f"union all (select * from {other} except all select * from {one}))"
    ).fetchall()
    return rows


def test_todays_rules_give_todays_marts_for_every_partner_and_column(
    scoring: whatif.Scoring,
) -> None:
    today = {table: scoring.policy[table] for table in whatif.CHANGEABLE}

    rescored = whatif.rescore(scoring, today, everybody=True)

    assert {"marts.fct_criterion_score", "marts.fct_tier_score", "marts.fct_tier_gate"} <= set(
        rescored.ran
    )
    for name in rescored.ran:
        again, before = f'temp."{name}"', f'"memory".main."{name}"'
        [(rows,)] = rescored.connection.execute(f"select count(*) from {again}").fetchall()
        assert rows > 0, name
        assert differences(rescored.connection, again, before) == 0, name


def test_other_rules_in_memory_give_what_a_build_with_their_folder_gives(
    scored: Path, scoring: whatif.Scoring, tmp_path: Path
) -> None:
    draft = other_rules(scoring.policy)
    assert breaches(draft) == []
    with zipfile.ZipFile(io.BytesIO(as_zip(draft))) as archive:
        archive.extractall(tmp_path / "policy")
    assert validate_policy(tmp_path / "policy") == []
    built = rebuild(
        scored,
        tmp_path / "build",
        policy=tmp_path / "policy",
        wanted=("fct_tier_score", "fct_tier_gate", "int_tier__movement"),
    )

    rescored = whatif.rescore(scoring, changed(scoring.policy, draft), everybody=True)

    rescored.connection.execute(f"attach '{built}' as rebuilt (read_only)")
    moved = 0
    for name in rescored.ran:
        schema, _, table = name.partition(".")
        # The policy's name tells the hash of its files, which a build is given.
        without = " exclude (policy_version)" if table == "fct_tier_score" else ""
        again = f'(select *{without} from temp."{name}")'
        before = f'(select *{without} from "memory".main."{name}")'
        rows = f'(select *{without} from rebuilt."{schema}"."{table}")'
        periods = (
            "(period_kind, period_start)" if "kind" in columns(rescored, name) else "period_start"
        )
        judged = f"(select * from {rows} where {periods} in (select {periods} from {again}))"
        assert differences(rescored.connection, again, judged) == 0, name
        moved += differences(rescored.connection, again, before) > 0
    assert moved == len(rescored.ran)
    rescored.connection.execute("detach rebuilt")


def columns(rescored: whatif.Rescored, name: str) -> str:
    return " ".join(row[0] for row in rescored.connection.execute(f'describe "{name}"').fetchall())


@pytest.mark.parametrize("table", [None, *whatif.CHANGEABLE])
def test_scoring_only_whom_a_change_reaches_moves_the_same_partners(
    scoring: whatif.Scoring, table: str | None
) -> None:
    changes = changed(scoring.policy, other_rules(scoring.policy))
    chosen = changes if table is None else {table: changes[table]}

    some = whatif.movers(whatif.rescore(scoring, chosen))
    everybody = whatif.movers(whatif.rescore(scoring, chosen, everybody=True))

    assert some.equals(everybody)
    assert len(some) > 10
    assert (
        some["weighted_score"] != some["proposed_weighted_score"]
    ).any() or table == "tier_gates"


def test_rules_in_force_from_tomorrow_change_nothing_that_was_judged(
    scoring: whatif.Scoring,
) -> None:
    draft = other_rules(scoring.policy, date(2026, 11, 19))

    movers = whatif.movers(whatif.rescore(scoring, changed(scoring.policy, draft)))

    assert movers["weighted_score"].equals(movers["proposed_weighted_score"])
    assert movers["action"].equals(movers["proposed_action"])


def test_what_reaches_beyond_the_rules_carried_along_is_refused(scoring: whatif.Scoring) -> None:
    with pytest.raises(ValueError, match="not to be changed here: settings"):
        whatif.rescore(scoring, {"settings": scoring.policy["settings"]})
