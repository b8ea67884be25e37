"""Planted leaks: money that gets lost, one small case each, beside cases that only look like it.

A case says what is billed, metered, paid or granted, and what of it leaks. Chance has no part in
it: the deals it needs are planted ones, everything else is on accounts of its own.
"""

import numpy as np
import pandas as pd

from seeds.simulate.company import Company, Frames
from seeds.simulate.draws import DAY, HOUR, NEVER, dates, whole
from seeds.simulate.usage import METERS
from seeds.simulate.verses import planted
from seeds.simulate.verses.book import (
    ENDED,
    PAID_AFTER,
    Book,
    Line,
    Row,
    frames,
    key,
    month_before,
    months_later,
    partner_key,
    prorated,
)
from seeds.simulate.verses.planted import GOLD, PLATINUM, UNRANKED
from seeds.simulate.verses.roles import (
    CRITICAL,
    HEALTHY,
    HELD_FOR_COVERAGE,
    cast,
    playing,
)
from seeds.simulate.verses.standing import TELLING_WEEKS

OEM = 3
API_CALLS, ROWS_READ, AI_TOKENS = range(3)
DISPUTED = "shared_at_a_rate_that_is_disputed"
COMMISSION_CENTS = 1_440_00
"""What a gold integrator earns on a planted deal that it sourced."""


def write(company: Company, rng: np.random.Generator) -> Frames:
    """The planted rows of each entity, and the truth of what leaks of them."""
    del rng
    book = Book(company.end)
    deals = company.verse("planted")["planted.outcomes"]
    named = dict(zip(deals["case"], deals["opportunity_id"], strict=True))
    _unbilled_usage(book)
    _uninvoiced_subscriptions(book)
    _underbilled_prices(book)
    _orphan_accounts(book)
    _over_granted_access(book)
    _payouts_without_attribution(book, named)
    _overpaid_payouts(book, named)
    _clawbacks_due(book, named)
    _expired_registrations_paid(book, named)
    _contract_rate_mismatches(book, named)
    _paid_but_open(book)
    _referral_fraud(company, book)
    return frames(company, book)


def _month_of_usage(book: Book, account: str, meter: int, units: int) -> tuple[str, str]:
    """Calls of so many units in a closed month, as an entity."""
    month = book.closed_month
    install = book.install(account)
    book.call(install, month + 9 * DAY + 10 * HOUR, meter, units // 2)
    book.call(install, month + 19 * DAY + 15 * HOUR, meter, units - units // 2)
    text = str(np.datetime64(month, "s").astype("datetime64[M]"))
    return "account_meter_month", f"{account}|{METERS[meter]}|{text}"


def _bill_usage(
    book: Book, account: str, subscription: str, meter: int, billed: tuple[int, int]
) -> None:
    """A line for so many units of a closed month, at so many cents."""
    units, cents = billed
    month = book.closed_month
    after = months_later(month, 1)
    line = Line(cents, units, month, after, "usage", METERS[meter], cents / 100 / units)
    book.bill(account, after, [line], subscription=subscription)


def _unbilled_usage(book: Book) -> None:
    month = book.closed_month
    check, included = "unbilled_usage", 10_000
    for case, meter, used, billed, leaks in (
        ("used_more_than_included", ROWS_READ, 250_000, (0, 0), 120_00),
        ("billed_a_part_of_what_was_used", AI_TOKENS, 100_000, (50_000, 50_00), 40_00),
        ("used_ten_tokens_too_many", AI_TOKENS, 10_010, (0, 0), 1),
        ("used_just_what_is_included", ROWS_READ, 10_000, (0, 0), 0),
        ("billed_all_that_was_used_beyond", API_CALLS, 15_000, (5_000, 10_00), 0),
    ):
        account = book.account()
        subscription = book.subscribe(account, month - 31 * DAY, included=included)
        entity = _month_of_usage(book, account, meter, used)
        if billed[0]:
            _bill_usage(book, account, subscription, meter, billed)
        if leaks:
            book.tell(check, entity, leaks, case, month)

    # A month that is not over yet is nobody's leak.
    account = book.account()
    book.subscribe(account, month - 31 * DAY, included=included)
    running = month_before(book.end, 0)
    if running < book.end:
        book.call(book.install(account), book.end - 3 * HOUR, ROWS_READ, 900_000)


def _uninvoiced_subscriptions(book: Book) -> None:
    check, starts = "uninvoiced_subscription", month_before(book.end, 7) + 14 * DAY

    def tell(subscription: str, begins: int, cents: int, case: str) -> None:
        day = str(np.datetime64(begins, "s").astype("datetime64[D]"))
        book.tell(check, ("subscription_period", f"{subscription}|{day}"), cents, case, begins)

    subscription = book.subscribe(book.account(), starts, mrr=750_00, skip=(2,))
    tell(subscription, months_later(starts, 2), 750_00, "one_month_was_never_billed")

    # Sixty days of a quarter are billed, the rest of it is not.
    account = book.account()
    subscription = book.subscribe(account, starts, mrr=600_00, months=3, skip=(1,))
    begins, full = months_later(starts, 3), months_later(starts, 6)
    cut = begins + 60 * DAY
    line = Line(prorated(1_800_00, 60 * DAY, full - begins), 1, begins, cut)
    book.bill(account, begins, [line], subscription=subscription)
    owed = prorated(1_800_00, full - cut, full - begins)
    tell(subscription, begins, owed, "a_part_of_a_quarter_was_never_billed")

    account = book.account()
    subscription = book.subscribe(account, starts, mrr=400_00, skip=(3,))
    begins, full = months_later(starts, 3), months_later(starts, 4)
    book.bill(
        account, begins, [Line(400_00, 1, begins, full)], subscription=subscription, status="void"
    )
    tell(subscription, begins, 400_00, "the_invoice_was_voided_and_not_issued_again")

    # The last period ends with the subscription, and only so many days are owed.
    account = book.account()
    ends = months_later(starts, 4) + 10 * DAY
    subscription = book.subscribe(account, starts, ends=ends, mrr=900_00, skip=(4,))
    begins, full = months_later(starts, 4), months_later(starts, 5)
    owed = prorated(900_00, 10 * DAY, full - begins)
    tell(subscription, begins, owed, "the_last_days_were_never_billed")

    # Two lines cover one month; a line without a period bills the month it was issued in.
    account = book.account()
    subscription = book.subscribe(account, starts, skip=(2, 3))
    begins, full = months_later(starts, 2), months_later(starts, 3)
    cut = begins + 12 * DAY
    halves = [Line(200_00, 1, begins, cut), Line(300_00, 1, cut, full)]
    book.bill(account, begins, halves, subscription=subscription)
    book.bill(account, full + 3 * DAY, [Line(500_00, 1, NEVER, NEVER)], subscription=subscription)


def _underbilled_prices(book: Book) -> None:
    check, month = "underbilled_price", book.closed_month
    for case, partner, quantity, unit, listed, leaks in (
        ("cheaper_than_list_without_a_reason", None, 3, 90_00, 100.0, 30_00),
        ("cheaper_than_the_price_book", None, 1, 400_00, None, 50_00),
        ("two_cents_below_list", None, 1, 99_98, 100.0, 2),
        ("one_cent_below_list", None, 1, 99_99, 100.0, 0),
        ("an_oem_below_its_half", OEM, 10, 45_00, 100.0, 50_00),
        ("an_oem_at_its_half", OEM, 10, 50_00, 100.0, 0),
        ("a_reseller_below_its_contract", UNRANKED, 5, 66_00, 100.0, 20_00),
        ("a_reseller_at_its_contract", UNRANKED, 5, 70_00, 100.0, 0),
    ):
        account, after, amount = book.account(), months_later(month, 1), quantity * unit
        subscription = book.subscribe(
            account, month, ends=after, mrr=amount, skip=(0,), partner=partner
        )
        line = Line(amount, quantity, month, after, listed=listed, is_unlisted=listed is None)
        book.bill(account, month, [line], subscription=subscription)
        if leaks:
            book.tell(check, book.last_line(), leaks, case)


def _orphan_accounts(book: Book) -> None:
    check, units, cents = "orphan_account", 40_000, 20_00
    last_call = book.end - 3 * HOUR
    is_running = month_before(book.end, 0) < book.end
    began = book.closed_month - 31 * DAY

    # The subscription is over; units of a month that runs are an orphan's, else they are unbilled.
    account = book.account()
    book.subscribe(account, began, ends=book.end - 45 * DAY)
    install = book.install(account)
    book.call(install, last_call, ROWS_READ, units)
    case = "calls_on_without_a_subscription"
    entity = ("install", key("ins", install))
    book.tell(check, entity, cents if is_running else None, case)
    if not is_running:
        month = month_before(book.end, 1)
        text = str(np.datetime64(month, "s").astype("datetime64[M]"))
        usage = ("account_meter_month", f"{account}|rows_read|{text}")
        book.tell("unbilled_usage", usage, cents, case, month)

    # It ended on the last day: what was called this month is within it.
    account = book.account()
    book.subscribe(account, began, ends=book.end - DAY)
    install = book.install(account)
    book.call(install, last_call, ROWS_READ, units)
    begins_today = month_before(book.end - DAY, 0) == book.end - DAY
    book.tell(
        check,
        ("install", key("ins", install)),
        cents if begins_today else None,
        "calls_on_though_the_subscription_ended_today",
    )

    account = book.account()
    book.subscribe(account, began)
    install = book.install(account, ENDED)
    book.call(install, last_call, ROWS_READ, units)
    entity = ("install", key("ins", install))
    book.tell(check, entity, None, "an_offboarded_partner_calls_on")

    # A call thirty-one days ago is no sign of life.
    account = book.account()
    book.subscribe(account, began, ends=book.end - 30 * DAY)
    book.call(book.install(account), book.end - 31 * DAY + HOUR, ROWS_READ, units)


def _over_granted_access(book: Book) -> None:
    check, scope = "over_granted_access", "accounts:read"
    entity = book.grant(scope, 90 * DAY + 1)
    book.tell(check, entity, None, "unused_for_ninety_days_and_a_second")
    book.tell(check, book.grant("root:everything", HOUR), None, "a_scope_no_contract_has")
    book.grant(scope, 90 * DAY)


def _payouts_without_attribution(book: Book, named: dict[str, str]) -> None:
    check, also = "payout_without_attribution", "overpaid_payout"
    unranked = partner_key(UNRANKED)
    mentioned = named["mention_only_with_no_registration"]
    account = book.account()
    bought = book.subscribe(account, book.end - 100 * DAY, deal=mentioned)
    for case, partner, deal, kind, cents, subscription in (
        ("paid_for_a_mention", unranked, mentioned, "commission", 500_00, None),
        (
            "a_bonus_for_touches_after_the_close",
            unranked,
            named["only_after_close_with_no_registration"],
            "spiff",
            250_00,
            None,
        ),
        (
            "paid_to_a_partner_nobody_knows",
            "prt-gone",
            named["registered_first"],
            "referral_fee",
            300_00,
            None,
        ),
        ("paid_for_a_deal_nobody_knows", partner_key(GOLD), "opp-gone", "commission", 200_00, None),
        ("paid_by_the_subscription_of_a_deal", unranked, None, "revenue_share", 150_00, bought),
    ):
        entity = book.pay(partner, deal, kind, cents, 15, subscription=subscription)
        book.tell(check, entity, cents, case)
        if kind != "spiff":
            # It is beyond what was accrued, too; its cents count once.
            book.tell(also, entity, 0, case)

    book.pay(unranked, named["participated_with_no_registration"], "spiff", 250_00, 15)
    repaid = named["implementation_or_support_only_with_no_registration"]
    book.pay(unranked, repaid, "commission", 400_00, 20)
    book.pay(unranked, repaid, "commission", -400_00, 10)


def _overpaid_payouts(book: Book, named: dict[str, str]) -> None:
    check, gold = "overpaid_payout", partner_key(GOLD)
    deal = named["registered_first"]
    book.pay(gold, deal, "commission", COMMISSION_CENTS, 12)
    book.tell(check, book.pay(gold, deal, "commission", 100_00, 8), 100_00, "paid_some_twice")
    for case, name, paid, leaks in (
        ("paid_at_the_rate_of_another_tier", "matched_by_its_account", 2_000_00, 560_00),
        ("paid_two_cents_too_much", "renewed_with_proof_before_its_term", 1_440_02, 2),
        ("paid_one_cent_too_much", "registered_first_without_a_touch", 1_440_01, 0),
    ):
        entity = book.pay(gold, named[name], "commission", paid, 12)
        if leaks:
            book.tell(check, entity, leaks, case)

    deal = named["registered_first_on_an_expansion"]
    book.pay(gold, deal, "commission", 1_540_00, 12)
    book.pay(gold, deal, "commission", -100_00, 6)


def _clawbacks_due(book: Book, named: dict[str, str]) -> None:
    check, gold = "clawback_due", partner_key(GOLD)
    starts = planted.Script(book.end).closed // DAY * DAY
    for case, name, days, reason, recovered, leaks in (
        ("left_after_29_days", "opened_again_by_the_vp", 29, "churn", 0, 1_440_00),
        ("left_after_30_days", "submitted_as_the_deal_was_created", 30, "churn", 0, 720_00),
        ("recovered_in_part", "approved_as_the_deal_closed", 60, "churn", 500_00, 220_00),
        ("defrauded_us", "silent_for_thirty_days", 70, "fraud", 0, 1_440_00),
        ("recovered", "direct_engagement_at_the_same_second", 45, "churn", 720_00, 0),
        ("migrated", "created_a_second_before_the_term_ends", 40, "migrated", 0, 0),
    ):
        deal = named[name]
        ends = starts + days * DAY
        subscription = book.subscribe(
            book.account(), starts, ends=ends, mrr=1_000_00, deal=deal, reason=reason
        )
        book.pay(gold, deal, "commission", COMMISSION_CENTS, 14)
        if recovered:
            book.pay(gold, deal, "commission", -recovered, 4)
        if leaks:
            word = "fraud" if reason == "fraud" else "cancelled"
            entity = _clawback(deal, gold, subscription, word, ends)
            book.tell(check, entity, leaks, f"the_customer_{case}")

    # Half of the part that was cut: 400 of 1,000.
    deal = named["submitted_seven_days_after_the_first_touch"]
    subscription = book.subscribe(book.account(), starts, mrr=1_000_00, deal=deal)
    cut = starts + 40 * DAY
    book.changes.append({"subscription_id": subscription, "at": cut, "mrr": 600_00})
    for line in book.lines:
        if line["subscription_id"] == subscription and line["starts"] >= cut:
            _reprice(book, line, 600_00)
    book.pay(gold, deal, "commission", COMMISSION_CENTS, 14)
    entity = _clawback(deal, gold, subscription, "downgrade", cut)
    book.tell(check, entity, 288_00, "the_customer_pays_less_after_40_days")


def _clawback(deal: str, partner: str, subscription: str, reason: str, at: int) -> tuple[str, str]:
    day = str(np.datetime64(at, "s").astype("datetime64[D]"))
    accrual = f"{deal}|{partner}|first_year|clawback|{subscription}|{reason}|{day}"
    return "accrual", accrual


def _reprice(book: Book, line: Row, cents: int) -> None:
    """Bills a line, alone on its invoice, at another amount."""
    line |= {"amount": cents, "unit_price": cents / 100, "list_unit_price": cents / 100}
    for invoice in book.invoices:
        if invoice["invoice_id"] == line["invoice_id"]:
            is_paid = invoice["status"] == "paid"
            invoice |= {"total": cents, "amount_paid": cents if is_paid else 0}


def _expired_registrations_paid(book: Book, named: dict[str, str]) -> None:
    """30% are agreed; up to 5 points of the list price more are the margin of a registration."""
    for failure, leaks in (
        ("registration_expired", 1_000_00),
        ("registration_rejected", 1_000_00),
        ("registration_pending", 2),
    ):
        entity = ("opportunity", named[f"participated_with_{failure}"])
        book.tell("expired_registration_paid", entity, leaks, f"took_margin_with_{failure}")


def _contract_rate_mismatches(book: Book, named: dict[str, str]) -> None:
    """A tenth of the cash is agreed: 100 of each 1,000 collected."""
    check, platinum = "contract_rate_mismatch", partner_key(PLATINUM)
    starts = planted.Script(book.end).closed // DAY * DAY
    months = 2 + (month_before(book.end, 0) > months_later(starts, 2) + PAID_AFTER)
    accrued = months * 100_00
    builds = "implementation_or_support_only_with_lost_tie"
    for case, name, paid, beyond in (
        ("shared_at_twelve_percent", "no_touch_with_lost_tie", 120_00, 0),
        ("shared_at_eight_percent", "mention_only_with_lost_tie", 80_00, 0),
        ("shared_beyond_all_that_came_in", "participated_with_lost_tie", accrued + 40_00, 40_00),
        ("shared_as_agreed", "only_after_close_with_lost_tie", 100_00, None),
        ("shared_as_agreed_but_for_a_cent", builds, 200_01, None),
        (DISPUTED, "tie_goes_to_the_higher_tier", 130_00, None),
    ):
        deal = named[name]
        subscription = book.subscribe(book.account(), starts, mrr=1_000_00, deal=deal)
        entity = book.pay(
            platinum,
            deal,
            "revenue_share",
            paid,
            3,
            subscription=subscription,
            disputed=case == DISPUTED,
        )
        if beyond is not None:
            book.tell(check, entity, 0, case)
        if beyond:
            book.tell("overpaid_payout", entity, beyond, case)


def _paid_but_open(book: Book) -> None:
    month = book.closed_month
    for case, unpaid, status in (
        ("paid_but_for_a_tenth", 100_00, None),
        ("paid_but_for_a_cent", 1, None),
        ("paid_in_full", 0, None),
        ("open_and_not_said_to_be_paid", 1_000_00, "open"),
    ):
        account = book.account()
        line = Line(1_000_00, 1, month, months_later(month, 1))
        name = book.bill(account, month, [line], unpaid=unpaid, status=status)
        if unpaid and status is None:
            book.tell("paid_but_open", ("invoice", name), unpaid, case)


def referrers(company: Company) -> tuple[list[int], list[int], list[int]]:
    """Referral partners: who refers itself, by its domain or by its parent, and who refunds."""
    roles = cast(company.scale.partners)
    return (
        playing(roles, HEALTHY).tolist()[:1],
        playing(roles, CRITICAL).tolist()[:1],
        playing(roles, HELD_FOR_COVERAGE).tolist()[:2],
    )


def self_referred(company: Company) -> pd.DataFrame:
    """Deals of which partner and customer are one: deal, account, partner, by_parent."""
    by_domain, by_parent, _ = referrers(company)
    deals = company.verse("deals")["deals"]
    parts = company.verse("deals")["parts"]
    of = parts[parts["partner"].isin([*by_domain, *by_parent])].merge(
        deals[["account", "is_won", "closed"]], left_on="deal", right_index=True
    )
    of = of[of["is_won"]].sort_values("closed").drop_duplicates("partner", keep="last")
    return of[["deal", "account", "partner"]].assign(by_parent=of["partner"].isin(by_parent))


def _referral_fraud(company: Company, book: Book) -> None:
    check, month = "referral_fraud", book.closed_month
    domains = company.verse("partners")["crm.partners"]["domain"]
    for row in self_referred(company).to_dict("records"):
        domain, by_parent = str(domains[row["partner"]]), row["by_parent"]
        if by_parent:
            column, value = "parent_account_id", book.account(domain)
        else:
            column, value = "domain", domain
        book.customers.append({"account": row["account"], "column": column, "value": value})
        deal, partner = f"opp-{row['deal']:07d}", partner_key(row["partner"])
        cents = 250_00 if by_parent else 100_00
        book.pay(partner, deal, "referral_fee", cents, 9)
        case = "a_partner_owns_its_customer" if by_parent else "a_partner_is_its_own_customer"
        book.tell(check, ("opportunity", deal), cents, case)

    for place, number in enumerate(referrers(company)[2]):
        # The first gives back 16%, the second 15%, which is just what may be.
        back = -(160_00 if place == 0 else 150_00)
        account, after = book.account(), months_later(month, 1)
        subscription = book.subscribe(
            account, month, ends=after, mrr=1_000_00, skip=(0,), partner=number
        )
        line = Line(1_000_00, 1, month, after)
        refund = Line(back, 1, NEVER, NEVER, "refund")
        book.bill(account, month, [line, refund], subscription=subscription)
        if place == 0:
            entity = ("partner", partner_key(number))
            book.tell(check, entity, None, "refunds_above_the_limit")

    day = planted.crowded_day(book.end)
    for number in referrers(company)[0]:
        text = str(np.datetime64(day, "s").astype("datetime64[D]"))
        entity = ("partner_day", f"{partner_key(number)}|{text}")
        book.tell(check, entity, None, "six_referrals_on_a_day", day)


def write_truth(company: Company, rng: np.random.Generator) -> Frames:
    """`truth.leaks`: everything that leaks, planted or by chance: what access is too much.

    Told for a company that calls, over a history of `TELLING_WEEKS` or more.
    """
    del rng
    over = company.verse("access_grants")["over_granted"]["grant_id"]
    size = len(over)
    by_chance = pd.DataFrame(
        {
            "check_key": "over_granted_access",
            "entity_type": "access_grant",
            "entity_id": over,
            "period": dates(np.full(size, NEVER)),
            "amount_cents": whole(np.zeros(size)),
            "has_amount": False,
            "case": pd.Series([None] * size, dtype="str"),
        }
    )
    told = pd.concat([company.verse("leaks")["leaks.truths"], by_chance], ignore_index=True)
    is_told = company.scale.weeks >= TELLING_WEEKS and company.scale.events > 0
    return {"truth.leaks": told if is_told else told.iloc[:0]}
