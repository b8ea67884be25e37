"""The six split models against the same told once more in fractions, cell by cell."""

import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from rebuilding import build_alike, run_models
from scored_company import Row, load
from split_oracle import UNATTRIBUTED, Cell, Deal, Rules, Touch, splits

AS_OF = date(2026, 6, 30)
AS_OF_END = datetime(2026, 7, 1)
PORTFOLIOS = 240
WANTED = ("fct_attribution", "fct_attribution_disagreement")
TYPES = ("lead", "demo", "proposal", "marketing", "mention", "implementation", "support")
ROLES = ("sourcer", "influencer", "implementer", "closer", None)
CURRENCIES = {"USD": (Decimal(1), 2), "EUR": (Decimal("1.0837"), 2), "JPY": (Decimal("0.0067"), 0)}
"""US dollars a unit and digits; pounds have no rate."""
AMOUNTS = ("0", "0.01", "0.02", "0.03", "0.07", "-0.05", "-1000.01", "25000", "99999999999.99")

CHANGED_ON = date(2026, 3, 1)
STRICT_ON = date(2026, 5, 1)
CHANGED = Rules(
    first_share=Fraction(3, 10),
    last_share=Fraction(1, 2),
    half_life_days=Decimal("0.5"),
    collapses=True,
    lookback_days=20,
    pools=(
        ("sourcer", Fraction(1, 2)),
        ("influencer", Fraction(1, 3) - Fraction(1, 3_000_000_000)),
        ("implementer", Fraction(0)),
        ("closer", Fraction(1, 6) + Fraction(1, 3_000_000_000)),
    ),
)
STRICT = Rules(needs_evidence=True, half_life_days=Decimal(7), lookback_days=0)

Portfolio = tuple[list[Deal], list[Touch]]


def portfolio(number: int) -> Portfolio:
    """A few won and other deals with touches on a coarse grid of days: ties are common."""
    rng = random.Random(number)
    deals = []
    for index in range(rng.randint(1, 3)):
        created = datetime(2026, 1, 1) + timedelta(days=rng.randrange(181))
        closed = created + timedelta(days=rng.choice((0, 5, 10, 40)), hours=rng.choice((0, 12)))
        currency = rng.choice(("USD", "USD", None, "EUR", "JPY", "GBP"))
        amount = Decimal(rng.choice(AMOUNTS)) if rng.random() < 0.9 else None
        if currency == "JPY" and amount is not None:
            amount = Decimal(int(amount * 100))
        deals.append(
            Deal(
                f"{number:04}-o{index}",
                amount,
                currency,
                created,
                closed if rng.random() < 0.95 else None,
                rng.random() < 0.85,
            )
        )
    touches = [
        Touch(
            f"{number:04}-{index:02}-{rng.randrange(100):02}",
            rng.choice(deals).opportunity_id,
            rng.choice((f"{number:04}-p", "q", "r", "s", "a stranger", "another")),
            datetime(2026, 1, 1)
            + timedelta(days=5 * rng.randrange(36), hours=rng.choice((0, 0, 12)))
            + timedelta(microseconds=rng.choice((0, 0, 0, 1, 7_000_001))),
            rng.choice(TYPES),
            rng.choice(ROLES),
            rng.choice((None, " ", "mail", "minutes")),
        )
        for index in range(rng.choice((0, 2, 6, 12, 20)))
    ]
    return deals, touches


def raw_rows(portfolios: Sequence[Portfolio]) -> dict[str, list[Row]]:
    partners = {t.partner_id for _, touches in portfolios for t in touches}
    days = [date(2025, 12, 29) + timedelta(days=7 * week) for week in range(40)]
    return {
        "crm.partners": [{"partner_id": p} for p in sorted(partners - {"a stranger", "another"})],
        "crm.opportunities": [
            {
                "opportunity_id": deal.opportunity_id,
                "amount": deal.amount,
                "currency": deal.currency,
                "created_at": deal.created_at,
                "closed_at": deal.closed_at,
                "is_closed": True,
                "is_won": deal.is_won,
            }
            for deals, _ in portfolios
            for deal in deals
        ],
        "crm.opportunity_touches": [vars(t).copy() for _, touches in portfolios for t in touches],
        "billing.fx_rates": [
            {"currency": currency, "rate_date": day, "usd_per_unit": rate}
            for currency, (rate, _) in CURRENCIES.items()
            for day in days
        ],
    }


def in_dollar_cents(deal: Deal) -> int | None:
    if deal.amount is None or deal.currency == "GBP":
        return None
    rate, _ = CURRENCIES[deal.currency or "USD"]
    return int((deal.amount * rate * 100).quantize(Decimal(1), ROUND_HALF_UP))


def won(deals: Sequence[Deal]) -> Iterator[Deal]:
    for deal in deals:
        is_past = deal.closed_at is None or deal.closed_at < AS_OF_END
        if deal.is_won and deal.created_at < AS_OF_END and is_past:
            yield deal


def expected(portfolios: Sequence[Portfolio], *, changing: bool) -> set[Cell]:
    cells: set[Cell] = set()
    for deals, touches in portfolios:
        known = [
            Touch(**vars(t) | {"partner_id": "unknown"})
            if t.partner_id in ("a stranger", "another")
            else t
            for t in touches
            if t.touched_at < AS_OF_END
        ]
        for deal in won(deals):
            own = [t for t in known if t.opportunity_id == deal.opportunity_id]
            rules = Rules()
            if changing and deal.created_at.date() >= CHANGED_ON:
                rules = STRICT if deal.created_at.date() >= STRICT_ON else CHANGED
            cells.update(splits(deal, in_dollar_cents(deal), own, rules))
    return cells


@pytest.fixture(scope="module")
def portfolios() -> list[Portfolio]:
    return [portfolio(number) for number in range(PORTFOLIOS)]


@pytest.fixture(scope="module")
def built(
    portfolios: list[Portfolio], scored: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The portfolios under the default policy; only to be read."""
    path = tmp_path_factory.mktemp("splits") / scored.name
    load(path, raw_rows(portfolios), AS_OF)
    build_alike(scored, path, wanted=WANTED)
    return path


def again(built: Path, scored: Path, folder: Path, *edits: str) -> Path:
    """A copy of what was built, edited and built once more."""
    copy = Path(shutil.copy(built, folder))
    with duckdb.connect(str(copy)) as connection:
        for edit in edits:
            connection.execute(edit)
        run_models(connection, scored, WANTED)
    return copy


def ruled(table: str, values: dict[str, tuple[str | None, ...]]) -> str:
    """SQL that gives a policy table other values from March and from May on; None for no row."""
    days = ("2000-01-01", str(CHANGED_ON), str(STRICT_ON), None)
    key, value = {"attribution_settings": ("setting", "value")}.get(table, ("role", "share"))
    rows = ", ".join(
        f"('{name}', '{said}', date '{days[index]}', "
        + (f"date '{days[index + 1]}')" if days[index + 1] else "null)")
        for name, told in values.items()
        for index, said in enumerate(told)
        if said is not None
    )
    names = ", ".join(f"'{name}'" for name in values)
    return f"""
        delete from policy.{table} where {key} in ({names});
        insert into policy.{table} ({key}, {value}, valid_from, valid_to) values {rows}
    """


def cells(path: Path) -> list[Cell]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            """
            select opportunity_id, partner_id, model, credit_share, credit_cents, closed_on
            from marts.fct_attribution
            """
        ).fetchall()


def test_every_split_is_what_fractions_say(portfolios: list[Portfolio], built: Path) -> None:
    rows = cells(built)
    assert len(rows) == len(set(rows))
    assert set(rows) == expected(portfolios, changing=False)
    assert {cents is None for *_, cents, _ in rows} == {True, False}
    assert any(cents is not None and cents < 0 for *_, cents, _ in rows)
    assert {UNATTRIBUTED, "unknown"} < {partner for _, partner, *_ in rows}


def test_a_deal_is_split_by_the_rules_it_was_created_under(
    portfolios: list[Portfolio], built: Path, scored: Path, tmp_path: Path
) -> None:
    settings = {
        "require_evidence": ("false", "false", "true"),
        "position_first_share": ("0.4", "0.3", "0.4"),
        "position_last_share": ("0.4", "0.5", "0.4"),
        "half_life_days": ("30", "0.5", "7"),
        "collapse_repeats": ("false", "true", "false"),
        "lookback_days": (None, "20", "0"),
    }
    pools = {
        "sourcer": ("0.4", "0.5", "0.4"),
        "influencer": ("0.2", "0.333333333", "0.2"),
        "implementer": ("0.2", "0", "0.2"),
        "closer": ("0.2", "0.166666667", "0.2"),
    }
    changed = again(
        built,
        scored,
        tmp_path,
        ruled("attribution_settings", settings),
        ruled("role_pools", pools),
    )
    assert set(cells(changed)) == expected(portfolios, changing=True) != set(cells(built))
    with duckdb.connect(str(changed), read_only=True) as connection:
        reasons = connection.execute(
            "select distinct excluded_because from marts.fct_opportunity_touch"
        ).fetchall()
    assert len(reasons) == 6


def test_by_every_model_credit_adds_up_to_what_was_won(
    portfolios: list[Portfolio], built: Path
) -> None:
    everything = sum(in_dollar_cents(deal) or 0 for deals, _ in portfolios for deal in won(deals))
    with duckdb.connect(str(built), read_only=True) as connection:
        totals = connection.execute(
            "select model, sum(credit_cents) from marts.fct_attribution group by model"
        ).fetchall()
        shares = connection.execute(
            """
            select distinct sum(credit_share) from marts.fct_attribution
            group by opportunity_id, model
            """
        ).fetchall()
    assert len(totals) == 6
    assert {total for _, total in totals} == {everything}
    assert shares == [(1,)]


def test_the_spread_is_between_the_models_that_give_most_and_least(built: Path) -> None:
    told: dict[tuple[str, str], dict[str, tuple[Decimal, int | None]]] = {}
    unknown_amount = set()
    for deal, partner, model, share, cents, _ in cells(built):
        if cents is None:
            unknown_amount.add(deal)
        if partner != UNATTRIBUTED:
            told.setdefault((deal, partner), {})[model] = (share, cents)
    models = ("first_touch", "last_touch", "linear", "position_based", "time_decay", "role_based")
    spreads = set()
    for (deal, partner), by_model in told.items():
        nothing = (Decimal(0), None if deal in unknown_amount else 0)
        parts = [(*by_model.get(model, nothing), model) for model in models]
        low, high = min(parts, key=lambda p: p[0]), max(parts, key=lambda p: p[0])
        if low[0] != high[0]:
            spreads.add((deal, partner, *low, *high, high[0] - low[0]))
    with duckdb.connect(str(built), read_only=True) as connection:
        rows = connection.execute(
            """
            select opportunity_id, partner_id, lowest_share, lowest_cents, lowest_model,
                highest_share, highest_cents, highest_model, spread_share
            from marts.fct_attribution_disagreement
            """
        ).fetchall()
    assert len(rows) == len(spreads)
    assert set(rows) == spreads


def test_a_link_that_comes_again_in_another_order_changes_no_revenue(
    built: Path, scored: Path, tmp_path: Path
) -> None:
    doubled = again(
        built,
        scored,
        tmp_path,
        *(
            f"""
            insert into raw.{entity} by name
            select * replace ('once more' as _file, 1000000 - _record as _record) from raw.{entity}
            """
            for entity in ("crm__opportunity_touches", "crm__opportunities", "crm__partners")
        ),
    )
    with duckdb.connect(str(doubled)) as connection:
        assert connection.execute(
            "select count(*) - 2 * count(distinct touch_id) from raw.crm__opportunity_touches"
        ).fetchall() == [(0,)]
    assert sorted(cells(doubled), key=repr) == sorted(cells(built), key=repr)
