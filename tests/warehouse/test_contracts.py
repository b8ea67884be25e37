from collections import Counter

import pytest
from pydantic import ValidationError

from warehouse.contracts import Contract, currencies, load_contracts

CONTRACTS = load_contracts().values()
each_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)


def test_every_entity_of_the_four_systems_has_a_contract() -> None:
    counts = Counter(contract.system for contract in CONTRACTS)
    assert counts == {"crm": 16, "billing": 8, "support": 2, "telemetry": 7}


@each_contract
def test_every_column_says_what_it_holds(contract: Contract) -> None:
    assert contract.description.endswith(".")
    assert all(column.description.endswith(".") for column in contract.columns)


@each_contract
def test_a_header_can_mean_one_column_only(contract: Contract) -> None:
    names = Counter(name for column in contract.columns for name in {column.name, *column.aliases})
    assert [name for name, count in names.items() if count > 1] == []


@each_contract
def test_rules_name_columns_the_contract_has(contract: Contract) -> None:
    names = set(contract.key)
    names |= {name for order in contract.date_order for name in (order.earlier, order.later)}
    names |= {name for rule in contract.conditional_maximum for name in (rule.column, rule.when)}
    names |= set(contract.freshness.columns if contract.freshness else ())
    assert names <= {column.name for column in contract.columns}


@each_contract
def test_what_is_compared_in_time_is_a_time(contract: Contract) -> None:
    names = {name for order in contract.date_order for name in (order.earlier, order.later)}
    names |= set(contract.freshness.columns if contract.freshness else ())
    assert {contract.column(name).type for name in names} <= {"date", "ts"}


@each_contract
def test_every_reference_is_to_the_key_of_an_entity(contract: Contract) -> None:
    for column in contract.columns:
        if column.references:
            assert len(load_contracts()[column.references].key) == 1


@each_contract
def test_only_calls_are_kept_without_a_key(contract: Contract) -> None:
    assert bool(contract.key) is (contract.load != "append_by_file")


@each_contract
def test_the_key_of_an_upsert_is_required(contract: Contract) -> None:
    if contract.load == "upsert":
        assert all(contract.column(name).required for name in contract.key)
        assert contract.column("updated_at").type == "ts"


def test_money_is_always_beside_a_column_for_its_currency() -> None:
    for contract in CONTRACTS:
        if any(column.type == "money" for column in contract.columns):
            assert contract.currency_column == "currency"


def test_a_yen_has_no_cents_and_a_dinar_has_thousandths() -> None:
    assert (currencies()["JPY"], currencies()["USD"], currencies()["KWD"]) == (0, 2, 3)
    assert set(currencies().values()) == {0, 2, 3}


def test_a_typo_in_a_contract_is_an_error() -> None:
    with pytest.raises(ValidationError, match="requred"):
        Contract.model_validate(
            {
                "system": "crm",
                "entity": "partners",
                "description": "Partners.",
                "load": "upsert",
                "columns": [
                    {"name": "partner_id", "type": "id", "description": "Key.", "requred": True}
                ],
            }
        )
