import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dashboards.queries import published
from dashboards.queries.published import Edition, frame, has, of_manager
from dashboards.queries.restatements import restated
from dashboards.queries.whatif import rules

SERVED, OLDER = "2026-11-15-bbbbbbbbbbbb", "2026-11-08-aaaaaaaaaaaa"

MARTS = """
create table marts.dim_partner as
select * from (values
    ('own', 'Own', 'ana@example.com'),
    ('also', 'Also', ' Ana@Example.com '),
    ('other', 'Other', 'bo@example.com'),
    ('nobodys', 'Nobody''s', null),
    ('blank', 'Blank', ' ')
) as partners (partner_id, partner_name, partner_manager_email);
create table marts.dim_opportunity as
select * from (values
    ('shared', 'acc-shared'), ('claimed', 'acc-deal'), ('foreign', 'acc-foreign'), ('none', null)
) as deals (opportunity_id, account_id);
create table marts.dim_account as
select * from (values
    ('acc-shared'), ('acc-deal'), ('acc-foreign'), ('acc-project'), ('acc-none')
) as accounts (account_id);
create table marts.fct_attribution as
select * from (values
    ('shared', 'own', 600), ('shared', 'other', 400), ('foreign', 'other', 1),
    ('none', 'unattributed', 5), ('none', null, 5)
) as credits (opportunity_id, partner_id, credit_cents);
create table marts.fct_deal_registration as
select * from (values
    ('reg-1', 'also', 'claimed', 'acc-other-than-the-deals'), ('reg-2', 'other', 'foreign', null)
) as registrations (registration_id, partner_id, opportunity_id, account_id);
create table marts.fct_project as
select * from (values ('own', 'acc-project'), ('other', 'acc-foreign'))
    as projects (partner_id, account_id);
create table marts.mart_margin_by_partner_type_monthly as
select 'si' as partner_type, 12 as net_cents;
create table marts.mart_scorecard_weekly as
select partner_id, partner_name, date '2026-11-09' as period_start, {score} as weighted_score,
    'gold' as current_tier, 1 as coverage
from marts.dim_partner;
create table quality.snapshot as select '{version}' as version;
create table quality.refused_samples as select 'other' as row_json;
create table quality.control_totals as select 99 as accepted_total;
create table quality.entities as select 'crm' as system;
create table quality.checks as
select 'marts' as stage, 'marts.fct_revenue' as dataset, 'expect_sum' as check_name,
    '' as column_name, false as is_blocking, false as passed, '16,449,326,575' as observed,
    'marts.fct_revenue: expect_sum: observed 16,449,326,575' as message;
create table policy.settings as select 'reporting_currency' as setting, 'USD' as value;
create schema scoring;
create table scoring.models as select 1 as position;
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions; in the older one another manager has the partner `own`."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "published").mkdir()
    for version, score in ((OLDER, 1), (SERVED, 2)):
        with duckdb.connect(folder / "published" / f"{version}.duckdb") as connection:
            for schema in ("marts", "quality", "policy"):
                connection.execute(f"create schema {schema}")
            connection.execute(MARTS.format(version=version, score=score))
            if version == OLDER:
                connection.execute(
                    "update marts.dim_partner set partner_manager_email = 'bo@example.com' "
                    "where partner_id = 'own'"
                )
    return folder


@pytest.fixture
def ana(home: Path) -> Edition:
    return of_manager(Edition(home, SERVED), "ANA@example.com")


def keys(edition: Edition, mart: str, key: str) -> set[str]:
    return set(frame(edition, f"select {key} from marts.{mart}")[key])


def test_a_manager_sees_the_partners_that_name_their_address_in_any_case(ana):
    assert keys(ana, "dim_partner", "partner_id") == {"own", "also"}
    assert keys(ana, "fct_project", "partner_id") == {"own"}


@pytest.mark.parametrize("email", ["", " ", "nobody@example.com", "%", "' or true or '"])
def test_who_is_nobodys_manager_sees_no_partner(home, email):
    nobody = of_manager(Edition(home, SERVED), email)
    assert keys(nobody, "dim_partner", "partner_id") == set()
    assert published.own_partners(nobody) == ()


def test_of_a_shared_deal_the_rows_of_others_are_hidden(ana):
    credits = frame(ana, "from marts.fct_attribution")
    assert credits.to_dict("records") == [
        {"opportunity_id": "shared", "partner_id": "own", "credit_cents": 600}
    ]


def test_deals_and_accounts_are_there_that_own_rows_lead_to(ana):
    assert keys(ana, "dim_opportunity", "opportunity_id") == {"shared", "claimed"}
    assert keys(ana, "dim_account", "account_id") == {"acc-shared", "acc-deal", "acc-project"}


def test_what_is_not_known_to_be_own_is_not_shown(ana):
    for relation in (
        "marts.mart_margin_by_partner_type_monthly",
        "quality.refused_samples",
        "quality.control_totals",
    ):
        assert frame(ana, f"from {relation}").empty
    with pytest.raises(duckdb.CatalogException):
        frame(ana, "from scoring.models")
    assert rules(ana) is None


def test_the_rules_and_the_state_of_the_data_are_everybodys(ana):
    assert len(frame(ana, "from policy.settings cross join quality.entities")) == 1
    assert frame(ana, "select quality.snapshot.version from quality.snapshot").size == 1
    assert has(ana, "mart_margin_by_partner_type_monthly")
    policy = frame(ana, "select table_name from duckdb_tables() where schema_name = 'policy'")
    assert policy["table_name"].tolist() == ["settings"]


def test_a_check_that_failed_is_named_and_what_it_observed_over_everybody_is_not_told(home, ana):
    [own] = frame(ana, "from quality.checks").to_dict("records")
    assert (own["check_name"], own["message"], own["observed"]) == (
        "expect_sum",
        "expect_sum",
        None,
    )
    assert own["passed"] is False
    whole = frame(Edition(home, SERVED), "select observed from quality.checks")
    assert whole["observed"].tolist() == ["16,449,326,575"]


def test_of_an_older_version_those_partners_are_shown_that_are_theirs_today(home, ana):
    older = replace(ana, version=OLDER)
    assert keys(older, "dim_partner", "partner_id") == {"own", "also"}
    bo = replace(of_manager(Edition(home, SERVED), "bo@example.com"), version=OLDER)
    assert keys(bo, "dim_partner", "partner_id") == {"other"}


def test_restatements_are_told_of_own_partners(home, ana):
    assert set(restated(replace(ana, version=OLDER), ana)["partner_id"]) == {
        "own",
        "also",
    }
    whole = Edition(home, SERVED)
    assert len(restated(replace(whole, version=OLDER), whole)) == 5


def test_what_one_reader_saw_is_not_kept_for_another(home, ana):
    bo = of_manager(Edition(home, SERVED), "bo@example.com")
    seen = [restated(replace(each, version=OLDER), each) for each in (ana, bo, ana)]
    assert [set(rows["partner_id"]) for rows in seen] == [
        {"own", "also"},
        {"other"},
        {"own", "also"},
    ]


def test_a_version_that_does_not_say_whose_partners_are_shows_none(home, tmp_path):
    shutil.copytree(home, tmp_path / "old")
    with duckdb.connect(tmp_path / "old" / "published" / f"{SERVED}.duckdb") as connection:
        connection.execute("alter table marts.dim_partner drop column partner_manager_email")
    unsaid = of_manager(Edition(tmp_path / "old", SERVED), "ana@example.com")
    assert keys(unsaid, "dim_partner", "partner_id") == set()
