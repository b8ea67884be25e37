import unicodedata

import pytest

from dashboards.packs.content.discretion import Discretion

NAMES = {
    "prt-00001": "Acme Nord",
    "prt-00002": "Café Systems GmbH & Co. KG",
    "prt-00003": "Northwind Data GmbH",
    "prt-00004": unicodedata.normalize("NFD", "Élan Works S.A.S."),
    "prt-00005": "Data-Works",
    "prt-00006": "The Orion Group",
    "prt-00007": "Zephyr Inc.",
    "prt-00008": "Delivery Ltd",
    "prt-00009": "SAP SE",
    "prt-00010": "华为技术",
    "prt-00011": "\u200b",
    "prt-00012": "",
    "12": "Twelve",
    "gold": "Gilded",
    "4815162342": "Numbers",
}


@pytest.fixture(scope="module")
def judge() -> Discretion:
    return Discretion(NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "As Northwind Data does it",
        "As NORTHWIND_DATA does it",
        "North\u00adwind Data GmbH",
        "Northwind\u200b \u202eData",
        "Ｎｏｒｔｈｗｉｎｄ Ｄａｔａ",
        "Northwind™ Data",
        unicodedata.normalize("NFD", "Follow Café Systems"),
        "Follow Cafe Systems",
        "Élan Works gave a discount",
        "DataWorks is cheaper",
        "Orion Group leads",
        "ask zephyr's people",
        "SAP does it",
        "与华为技术合作",
        "swap with PRT-00003",
        "swap with prt 00012",
        "what 4815162342 did",
    ],
)
def test_another_partner_is_known_by_what_people_call_it(judge, text):
    assert judge.reason(text, "prt-00001") == "names another partner"


@pytest.mark.parametrize(
    "text",
    [
        "Acme Nord opens in Lyon with AcmeNord staff, prt-00001",
        "The delivery slipped, the data works now",
        "Orion's belt, a group of the sap of trees",
        "12 gold medals, 4815 answers, a tiny \u200b joiner",
        "International launch of the north wind data set",
        "Café, but other systems",
    ],
)
def test_common_words_and_one_s_own_name_may_be_said(text):
    names = NAMES | {"prt-00005": "Lumen"}
    assert Discretion(names).reason(text, "prt-00001") is None


def test_of_two_companies_of_one_name_each_may_be_called_by_it():
    judge = Discretion({"own": "Vellum Data AG", "other": "Vellum Data GmbH"})
    assert judge.reason("Vellum Data opens in Lyon", "own") is None
    assert judge.reason("Vellum Data GmbH opens in Lyon", "own") == "names another partner"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("our mar\u00adgin", "margin"),
        ("ｍａｒｇｉｎ", "margin"),
        ("the pay-out is late", "payout"),
        ("it was clawed\u00a0back", "clawed back"),
        ("on the KILL-LIST", "kill list"),
        ("cost  to\nserve", "cost to serve"),
        ("le\u200bak", "leak"),
    ],
)
def test_words_of_our_business_are_found_however_they_are_written(judge, text, found):
    assert judge.reason(text, "prt-00001") == f"speaks of {found}"
