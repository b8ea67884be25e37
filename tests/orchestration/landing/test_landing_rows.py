"""What becomes of bad rows: quarantined whole, with file, record and every reason."""

import json

import pytest

OPPORTUNITIES = "crm/opportunities.csv"
HEADER = "opportunity_id,account_id,amount,currency,created_at,closed_at,is_won\n"


def quarantined(desk, relation):
    return desk.build()(
        f"select _file, _record, reasons from quarantine.{relation} order by _file, _record"
    )


def test_a_row_that_lacks_a_required_value_is_quarantined_with_file_and_record(desk):
    desk.write(OPPORTUNITIES, HEADER + "o1,a1,5,USD,2026-01-01,,\no2,a1,5,USD,,,\n")
    assert quarantined(desk, "crm__opportunities") == [(OPPORTUNITIES, 3, "created_at is missing")]


def test_blanks_are_no_value(desk):
    desk.write(OPPORTUNITIES, HEADER + "  ,a1,5,USD,2026-01-01,,\n")
    assert quarantined(desk, "crm__opportunities") == [
        (OPPORTUNITIES, 2, "opportunity_id is missing")
    ]


def test_every_reason_of_a_bad_row_is_given(desk):
    desk.write(OPPORTUNITIES, HEADER + "o1,a1,much,DOLLARS,2026-02-01,2026-01-01,perhaps\n")
    assert quarantined(desk, "crm__opportunities") == [
        (
            OPPORTUNITIES,
            2,
            "amount is not a number; closed_at is before created_at; "
            "currency is not one of ISO 4217; is_won is not true or false",
        )
    ]


def test_the_source_row_is_kept_as_it_came(desk):
    desk.write(OPPORTUNITIES, HEADER + 'o1,"=HYPERLINK(""x"")",1.005,usd,2026-01-01,,\n')
    ((row,),) = desk.build()("select row_json from quarantine.crm__opportunities")
    assert json.loads(row) == {
        "opportunity_id": "o1",
        "account_id": '=HYPERLINK("x")',
        "amount": "1.005",
        "currency": "usd",
        "created_at": "2026-01-01",
        "closed_at": "",
        "is_won": "",
    }


def test_text_that_looks_like_code_is_data(desk):
    desk.write(
        "crm/partners.csv",
        "partner_id,partner_name,partner_type\n"
        'p1,"=HYPERLINK(""x"")",si\np2,<script>alert(\'x\')</script>,oem\n',
    )
    assert desk.build()("select partner_name from raw.crm__partners order by partner_id") == [
        ('=HYPERLINK("x")',),
        ("<script>alert('x')</script>",),
    ]


def test_a_word_outside_the_allowed_set_is_refused(desk):
    desk.write(
        "crm/partners.csv", "partner_id,partner_name,partner_type\np1,P,si\np2,Q,consultant\n"
    )
    assert quarantined(desk, "crm__partners") == [
        (
            "crm/partners.csv",
            3,
            "partner_type is not one of platform, si, reseller, oem, data_provider, referral",
        )
    ]


def test_a_score_beyond_its_scale_is_refused(desk):
    desk.write(
        "crm/surveys.csv",
        "response_id,subject,score,responded_at\n"
        "r1,partner,10,2026-01-01\nr2,partner,11,2026-01-01\nr3,partner,-1,2026-01-01\n",
    )
    assert [row[1:] for row in quarantined(desk, "crm__surveys")] == [
        (3, "score is above 10"),
        (4, "score is below 0"),
    ]


def test_a_share_beyond_one_is_refused(desk):
    desk.write(
        "crm/contracts.csv",
        "contract_id,partner_id,starts_on,revenue_share_rate\nc1,p1,2026-01-01,0.2\n"
        "c2,p1,2026-01-01,20\n",
    )
    assert [row[1:] for row in quarantined(desk, "crm__contracts")] == [
        (3, "revenue_share_rate is above 1")
    ]


def test_a_rate_of_exchange_of_zero_is_refused(desk):
    desk.write("billing/fx_rates.csv", "currency,rate_date,usd_per_unit\nEUR,2026-01-01,0\n")
    assert [row[1:] for row in quarantined(desk, "billing__fx_rates")] == [
        (2, "usd_per_unit is not above 0")
    ]


def test_a_ticket_answered_before_it_was_opened_is_refused(desk):
    desk.write(
        "support/tickets.csv",
        "ticket_id,opened_at,first_response_at\n"
        "t1,2026-01-01 10:00:00,2026-01-01 09:59:59\nt2,2026-01-01 10:00:00,2026-01-01 10:00:00\n",
    )
    assert [row[1:] for row in quarantined(desk, "support__tickets")] == [
        (2, "first_response_at is before opened_at")
    ]


def test_a_day_without_an_hour_is_not_before_an_hour_of_that_day(desk):
    desk.write(
        OPPORTUNITIES,
        HEADER + "o1,,,,2026-01-02T15:00:00Z,2026-01-02,\no2,,,,2026-01-02T15:00:00Z,2026-01-01,\n",
    )
    assert [row[1:] for row in quarantined(desk, "crm__opportunities")] == [
        (3, "closed_at is before created_at")
    ]


def test_a_refund_above_zero_is_refused_and_a_subscription_below_zero_is_not(desk):
    desk.write(
        "billing/invoice_lines.csv",
        "line_id,invoice_id,kind,amount\n"
        "l1,i1,refund,0.01\nl2,i1,refund,0\nl3,i1,subscription,-5\nl4,i1,credit,-5\n",
    )
    assert [row[1:] for row in quarantined(desk, "billing__invoice_lines")] == [
        (2, "amount is above 0 where kind is credit or refund")
    ]


def test_rows_in_are_rows_accepted_and_rows_refused(desk):
    desk.write(OPPORTUNITIES, HEADER + "o1,,,,2026-01-01,,\no2\n\no3,,x,,2026-01-01,,\n")
    (load,) = desk.land("crm.opportunities").loads
    assert (load.rows_in, load.rows_accepted, load.rows_refused) == (3, 1, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12.3", "score is not an integer"),
        ("1e-3", "score is not an integer"),
        ("NaN", "score is not an integer"),
        ("99999999999999999999", "score is not an integer"),
        ("0x10", "score is not an integer"),
        ("1,000", "score is not an integer"),
    ],
)
def test_a_count_that_is_no_whole_number_is_refused(desk, text, reason):
    desk.write(
        "crm/surveys.csv",
        f'response_id,subject,score,responded_at\nr1,partner,"{text}",2026-01-01\n',
    )
    assert [row[2] for row in quarantined(desk, "crm__surveys")] == [reason]


@pytest.mark.parametrize("text", ["7", "7.0", "7.", "+7", "07", "7e0", "70e-1", " 7 "])
def test_a_whole_number_may_be_written_with_decimals_that_are_nothing(desk, text):
    desk.write(
        "crm/surveys.csv", f"response_id,subject,score,responded_at\nr1,partner,{text},2026-01-01\n"
    )
    assert desk.build()("select score from raw.crm__surveys") == [(7,)]


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("1.005", "USD", "amount has more decimals than its currency"),
        ("1.005", "", "amount has more decimals than its currency"),
        ("1.5", "JPY", "amount has more decimals than its currency"),
        ("1.0005", "KWD", "amount has more digits than are kept"),
        ("1e20", "USD", "amount has more digits than are kept"),
        ("NaN", "USD", "amount is not a number"),
        ("inf", "USD", "amount is not a number"),
        ("$5", "USD", "amount is not a number"),
        ("5 USD", "USD", "amount is not a number"),
        ("1.234,50", "EUR", "amount is not a number"),
    ],
)
def test_an_amount_that_is_no_amount_of_its_currency_is_refused(desk, amount, currency, reason):
    desk.write(OPPORTUNITIES, HEADER + f'o1,a1,"{amount}",{currency},2026-01-01,,\n')
    assert [row[2] for row in quarantined(desk, "crm__opportunities")] == [reason]


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [
        ("1.005", "KWD", "1.005"),
        ("1.50000", "usd", "1.500"),
        ("1500.0", "JPY", "1500.000"),
        ("-.5", "USD", "-0.500"),
        ("1.5e3", "USD", "1500.000"),
        ("999999999999.99", "USD", "999999999999.990"),
    ],
)
def test_an_amount_of_its_currency_is_kept_to_the_last_digit(desk, amount, currency, value):
    desk.write(OPPORTUNITIES, HEADER + f"o1,a1,{amount},{currency},2026-01-01,,\n")
    query = "select amount::varchar, currency from raw.crm__opportunities"
    assert desk.build()(query) == [(value, currency.upper())]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-02", "2026-01-02 00:00:00"),
        ("2026-01-02T03:04", "2026-01-02 03:04:00"),
        ("2026-01-02 03:04:05", "2026-01-02 03:04:05"),
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05"),
        ("2026-01-02T03:04:05.678901+05:30", "2026-01-01 21:34:05.678901"),
        ("2026-01-02 03:04:05-0800", "2026-01-02 11:04:05"),
        ("2026-01-02 03:04:05 UTC", "2026-01-02 03:04:05"),
        ("2026-01-02T03:04:05.123000000Z", "2026-01-02 03:04:05.123"),
    ],
)
def test_a_timestamp_with_an_offset_is_brought_to_utc(desk, text, value):
    desk.write(OPPORTUNITIES, HEADER + f"o1,,,,{text},,\n")
    assert desk.build()("select created_at::varchar from raw.crm__opportunities") == [(value,)]


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2026", "04.03.2026", "2026-3-4", "20260304", "March 4, 2026", "1767225600",
        "2026-02-30", "2026-01-01T25:00:00", "2026-01-01T24:00:00", "infinity", "epoch",
        "2026-01-01T10:00:00.1234567", "2026-01-01T10:00:00+99:00", "now",
    ],
)  # fmt: skip
def test_a_day_that_could_be_a_month_and_other_guesses_are_refused(desk, text):
    desk.write(OPPORTUNITIES, HEADER + f'o1,,,,"{text}",,\n')
    assert [row[2] for row in quarantined(desk, "crm__opportunities")] == [
        "created_at is not a timestamp"
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T00:00:00Z", "2026-01-02"),
        ("2026-01-02 09:00", None),
    ],
)
def test_a_timestamp_is_a_day_only_at_midnight(desk, text, value):
    desk.write(
        "crm/implementations.csv",
        f"project_id,partner_id,account_id,kicked_off_on\nj1,p1,a1,{text}\n",
    )
    rows = desk.build()("select kicked_off_on::varchar from raw.crm__implementations")
    assert rows == ([(value,)] if value else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [("TRUE", True), ("t", True), ("Yes", True), ("1", True), ("False", False), ("F", False),
     ("no", False), ("0", False), ("", None)],
)  # fmt: skip
def test_yes_and_no_are_understood_in_their_usual_spellings(desk, text, value):
    desk.write(OPPORTUNITIES, HEADER + f"o1,,,,2026-01-01,,{text}\n")
    assert desk.build()("select is_won from raw.crm__opportunities") == [(value,)]


def test_a_binary_double_counts_as_its_shortest_decimal_text(desk):
    desk.write_parquet(
        "billing/invoice_lines.parquet",
        """
        select 'l' || row_number() over () as line_id, 'i1' as invoice_id,
            'subscription' as kind, amount
        from (values (0.1::double), (1.005::double), ('nan'::double), ('inf'::double),
            (0.1::double + 0.2::double), (123456789012.34::double), (177.6::double), (1e30::double))
            as t(amount)
        """,
    )
    query = desk.build()
    assert query("select line_id, amount::varchar from raw.billing__invoice_lines order by 1") == [
        ("l1", "0.100"),
        ("l6", "123456789012.340"),
        ("l7", "177.600"),
    ]
    assert query("select _record, reasons from quarantine.billing__invoice_lines order by 1") == [
        (2, "amount has more decimals than its currency"),
        (3, "amount is not a number"),
        (4, "amount is not a number"),
        (5, "amount has more digits than are kept"),
        (8, "amount has more digits than are kept"),
    ]


def test_native_types_of_parquet_keep_the_rules_of_text(desk):
    desk.write_parquet(
        "support/tickets.parquet",
        """
        select * from (values
            ('t1', timestamptz '2026-01-01 10:00:00+02', date '2026-01-01', 1::int, true, 'high'),
            ('t2', timestamptz '2026-01-01 10:00:00+02', date '2025-12-31', 1::int, true, 'high'),
            (null, timestamptz '2026-01-01 10:00:00+02', null, -1::int, null, 'highest'),
            (' ', 'infinity'::timestamptz, null, null, null, null)
        ) as t(ticket_id, opened_at, first_response_at, reopened_count, is_escalated, priority)
        """,
    )
    query = desk.build()
    assert query(
        "select ticket_id, opened_at::varchar, first_response_at::varchar, reopened_count, "
        "is_escalated from raw.support__tickets"
    ) == [("t1", "2026-01-01 08:00:00", "2026-01-01 00:00:00", 1, True)]
    assert query("select _record, reasons from quarantine.support__tickets order by 1") == [
        (2, "first_response_at is before opened_at"),
        (
            3,
            "priority is not one of urgent, high, normal, low; reopened_count is below 0; "
            "ticket_id is missing",
        ),
        (4, "opened_at is not a timestamp; ticket_id is missing"),
    ]


def test_what_a_bad_row_was_worth_is_summed_beside_what_was_accepted(desk):
    desk.write(
        OPPORTUNITIES,
        HEADER
        + "o1,a1,100.50,USD,2026-01-01,,\no2,a1,-0.50,USD,2026-01-01,,\no3,a1,7,EUR,2026-01-01,,\n"
        + "o4,a1,9.99,USD,,,\no5,a1,junk,USD,2026-01-01,,\n",
    )
    assert desk.build()(
        "select currency, accepted_rows, accepted_total::varchar, negative_rows, "
        "negative_total::varchar, refused_rows, refused_total::varchar "
        "from quality.control_totals where column_name = 'amount' order by currency"
    ) == [
        ("EUR", 1, "7.000", 0, "0.000", 0, "0.000"),
        ("USD", 2, "100.000", 1, "-0.500", 1, "9.990"),
    ]


def test_at_most_fifty_samples_are_shown_of_one_kind_of_refusal(desk):
    rows = "".join(f"o{n},,,,,,\n" for n in range(60))
    desk.write(OPPORTUNITIES, HEADER + rows + "x,,junk,,2026-01-01,,\n")
    assert desk.build()(
        "select reasons, count(*), min(record), max(record) from quality.refused_samples "
        "group by reasons order by reasons"
    ) == [("amount is not a number", 1, 62, 62), ("created_at is missing", 50, 2, 51)]


def test_nanoseconds_are_kept_only_where_nothing_is_lost(desk):
    desk.write_parquet(
        "support/tickets.parquet",
        """
        select 't1' as ticket_id, timestamp_ns '2026-01-01 10:00:00.123456' as opened_at
        union all select 't2', timestamp_ns '2026-01-01 10:00:00.123456789'
        """,
    )
    query = desk.build()
    assert query("select opened_at::varchar from raw.support__tickets") == [
        ("2026-01-01 10:00:00.123456",)
    ]
    assert query("select _record, reasons from quarantine.support__tickets") == [
        (2, "opened_at is not a timestamp")
    ]
