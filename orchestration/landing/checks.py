"""The contract as SQL: each value cast so that it round-trips, each rule with its reason.

Every value is text or a native type of Parquet. Text goes through a pattern before the cast, as
DuckDB's casts round (12.3 → 12) and know words (infinity, epoch); a double counts as its shortest
decimal text. A native value that fits its column is taken as it is, and its text is never made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.landing.types import RAW_TYPES, SCALES, identifier, literal
from warehouse.contracts import Column, Contract, currencies

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
EXPONENT = r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+"
DAY = r"\d{4}-\d{2}-\d{2}"
CLOCK = r"[T ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,6}0*)?)?"
OFFSET = r" ?(Z|UTC|[+-](0\d|1[0-4])(:?[0-5]\d)?)"
BLANKS = "e' \\t\\r\\n'"

WORDS = {
    "date": "a date",
    "ts": "a timestamp",
    "bool": "true or false",
    "int": "an integer",
    **dict.fromkeys(SCALES, "a number"),
}

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
TIMESTAMPS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS")
ZONED = ("TIMESTAMP WITH TIME ZONE",)


@dataclass(frozen=True)
class Input:
    """Where a value comes from: an SQL expression and its DuckDB type."""

    expression: str
    type: str = "VARCHAR"

    @property
    def text(self) -> str:
        """SQL of the value as text."""
        return self.expression if self.type == "VARCHAR" else f"{self.expression}::varchar"


@dataclass(frozen=True)
class Value:
    """SQL of one column: is there a value, what is it, does it name a day without an hour."""

    is_given: str
    typed: str
    is_day: str


@dataclass(frozen=True)
class Rule:
    """A condition (SQL over the typed row) under which a row is refused, and the reason given."""

    reason: str
    broken: str


def value_of(column: Column, source: Input) -> Value:
    """SQL of `column` read from `source`; null where there is nothing or nothing that fits.

    What is not native is read from `"<column> bare"`, its text without blanks around it.
    """
    native = _native(column, source)
    if native:
        day = "true" if source.type == "DATE" else "false"
        return Value(f"{source.expression} is not null", native, day)
    text = _bare(column.name)
    given = f"coalesce({text} <> '', false)"
    if column.type == "id":
        return Value(given, f"nullif({text}, '')", "false")
    day = f"length({text}) = 10"
    if column.timestamp_format:
        day = "false" if "%H" in column.timestamp_format else "true"
    return Value(given, f"case when {given} then {_cast(column, source, text)} end", day)


def _text(source: Input) -> str:
    """SQL of the text without blanks around it."""
    # Looking at both ends is far cheaper than trimming, and settles nearly every value.
    bare = f"{source.text} >= '!' and ({source.text})[-1] > ' '"
    return f"(case when {bare} then {source.text} else trim({source.text}, {BLANKS}) end)"


def _native(column: Column, source: Input) -> str | None:
    """SQL of a value whose own type fits the column; None where it has to go through text."""
    value, kind, target = source.expression, source.type, RAW_TYPES[column.type]
    scale = SCALES.get(column.type, 0)
    if column.type == "bool" and kind == "BOOLEAN":
        return value
    if column.type == "int" or column.type in SCALES:
        decimal = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)
        if kind in INTEGERS or (decimal and int(decimal[1]) <= scale):
            return f"try_cast({value} as {target})"
        if kind == "DOUBLE":
            # With at most 15 significant digits the decimal that gives the double back is its
            # shortest text; beyond, and for what does not give it back, the text itself decides.
            cast = f"try_cast({value} as {target})"
            return (
                f"case when abs({value}) < 1e{15 - scale} and {cast}::double = {value} "
                f"then {cast} else {_cast(column, source, _text(source))} end"
            )
    if column.timestamp_format is None and column.type in ("date", "ts"):
        return _native_moment(column, source)
    return None


def _native_moment(column: Column, source: Input) -> str | None:
    value, kind, target = source.expression, source.type, RAW_TYPES[column.type]
    moment = f"timezone('UTC', {value})" if kind in ZONED else f"{value}::timestamp"
    whole = "true"
    if kind == "TIMESTAMP_NS":
        whole = f"{moment}::timestamp_ns = {value}"
    elif kind not in ("DATE", *TIMESTAMPS, *ZONED):
        return None
    if column.type == "date" and kind != "DATE":
        whole += f" and date_trunc('day', {moment}) = {moment}"
    return f"case when isfinite({value}) and {whole} then {moment}::{target} end"


def _cast(column: Column, source: Input, text: str) -> str:
    """SQL of a text that is not blank, as the column's type; null if it does not round-trip."""
    if column.name == "currency":
        return f"upper({text})"
    if column.type == "text":
        return source.text
    if column.type == "bool":
        return (
            f"case when lower({text}) in ('true', 't', 'yes', '1') then true "
            f"when lower({text}) in ('false', 'f', 'no', '0') then false end"
        )
    if column.type in ("date", "ts"):
        return _moment(column, text)
    kind, scale = RAW_TYPES[column.type], SCALES.get(column.type, 0)
    plain = (
        rf"[+-]?(\d+(\.\d{{0,{scale}}}0*)?|\.\d{{1,{scale}}}0*)" if scale else (r"[+-]?\d+(\.0*)?")
    )
    return (
        f"case when regexp_full_match({text}, {literal(plain)}) then try_cast({text} as {kind}) "
        f"when regexp_full_match({text}, {literal(EXPONENT)}) "
        f"and try_cast({text} as {kind})::double = try_cast({text} as double) "
        f"then try_cast({text} as {kind}) end"
    )


def _moment(column: Column, text: str) -> str:
    if column.timestamp_format:
        form = literal(column.timestamp_format)
        moment = f"timezone('UTC', try_strptime({text}, {form})::timestamptz)"
    else:
        moment = (
            f"case when regexp_full_match({text}, {literal(f'{DAY}({CLOCK})?')}) "
            f"then try_cast({text} as timestamp) "
            f"when regexp_full_match({text}, {literal(DAY + CLOCK + OFFSET)}) "
            f"then timezone('UTC', try_cast({text} as timestamptz)) end"
        )
    if column.type == "ts":
        return moment
    return f"case when date_trunc('day', {moment}) = {moment} then ({moment})::date end"


def typed_query(contract: Contract, inputs: Mapping[str, Input], relation: str) -> str:
    """SQL of every row of `relation` with the contract's columns, typed, beside its own.

    `inputs` says where the columns come from; one without an input is null. Beside each stand
    `"<column> given"` and, for dates and timestamps, `"<column> is a day"`, for the rules.
    """
    selected = []
    bare = "".join(
        f", {_text(inputs[column.name])} as {_bare(column.name)}"
        for column in contract.columns
        if column.name in inputs and not _native(column, inputs[column.name])
    )
    for column in contract.columns:
        if column.name not in inputs:
            selected.append(f"null::{RAW_TYPES[column.type]} as {identifier(column.name)}")
            continue
        value = value_of(column, inputs[column.name])
        selected += [
            f"{value.typed} as {identifier(column.name)}",
            f"{value.is_given} as {_given(column.name)}",
        ]
        if column.type in ("date", "ts"):
            selected.append(f"{value.is_day} as {_is_day(column.name)}")
    return f"select *, {', '.join(selected)} from (select * {bare} from {relation})"


def checked_query(
    contract: Contract,
    inputs: Mapping[str, Input],
    extras: Mapping[str, Input],
    relation: str,
    *,
    row_json: str,
    refused_before: Rule | None = None,
) -> str:
    """SQL of every row of `relation`, typed, with `_reasons` (null: accepted) and `_row_json`.

    `inputs` and `extras` say where the contract's and the vendor's own columns come from.
    `_position` of `relation` is handed through. `row_json` is SQL of the source row, worked out
    for refused rows alone. A row that breaks `refused_before` is given that one reason.
    """
    found = sorted(rules(contract, inputs), key=lambda rule: rule.reason)
    cases = "".join(f", case when {rule.broken} then {literal(rule.reason)} end" for rule in found)
    reasons = f"nullif(concat_ws('; '{cases}), '')" if cases else "null::varchar"
    if refused_before:
        reasons = (
            f"case when {refused_before.broken} then {literal(refused_before.reason)} "
            f"else {reasons} end"
        )
    columns = [identifier(column.name) for column in contract.columns]
    columns += [
        f"nullif({source.text}, '') as {identifier(name)}" for name, source in extras.items()
    ]
    return f"""
        select
            _position, {", ".join(columns)}, _reasons,
            case when _reasons is not null then {row_json} end as _row_json
        from (
            select *, {reasons} as _reasons from ({typed_query(contract, inputs, relation)})
        )
    """


def rules(contract: Contract, inputs: Mapping[str, Input]) -> list[Rule]:
    """Every rule of the contract that the columns in `inputs` can break, over `typed_query`."""
    found = []
    for column in contract.columns:
        if column.name in inputs:
            found += _column_rules(contract, column, inputs)
    for order in contract.date_order:
        if order.earlier in inputs and order.later in inputs:
            found.append(_order_rule(contract, order.earlier, order.later))
    for limit in contract.conditional_maximum:
        if limit.column in inputs and limit.when in inputs:
            values = ", ".join(literal(value) for value in limit.values)
            found.append(
                Rule(
                    f"{limit.column} is above {limit.maximum} where {limit.when} is "
                    + " or ".join(limit.values),
                    f"{identifier(limit.column)} > {limit.maximum} "
                    f"and {identifier(limit.when)} in ({values})",
                )
            )
    return found


def _column_rules(contract: Contract, column: Column, inputs: Mapping[str, Input]) -> list[Rule]:
    name, found = identifier(column.name), []
    if column.required:
        found.append(Rule(f"{column.name} is missing", f"not {_given(column.name)}"))
    if column.type in WORDS:
        found += _cast_rules(column, inputs[column.name])
    if column.type == "money":
        found += _digit_rules(contract, column, inputs)
    if column.name == "currency":
        codes = ", ".join(literal(code) for code in currencies())
        found.append(Rule("currency is not one of ISO 4217", f"{name} not in ({codes})"))
    if column.allowed:
        values = ", ".join(literal(value) for value in column.allowed)
        reason = f"{column.name} is not one of {', '.join(column.allowed)}"
        found.append(Rule(reason, f"{name} not in ({values})"))
    minimum = 0 if column.type == "rate" else column.minimum
    maximum = 1 if column.type == "rate" else column.maximum
    if minimum is not None:
        found.append(Rule(f"{column.name} is below {minimum}", f"{name} < {minimum}"))
    if maximum is not None:
        found.append(Rule(f"{column.name} is above {maximum}", f"{name} > {maximum}"))
    if column.above is not None:
        found.append(
            Rule(f"{column.name} is not above {column.above}", f"{name} <= {column.above}")
        )
    return found


def _cast_rules(column: Column, source: Input) -> list[Rule]:
    lost = f"{_given(column.name)} and {identifier(column.name)} is null"
    no_such = f"{column.name} is not {WORDS[column.type]}"
    if column.type not in SCALES:
        return [Rule(no_such, lost)]
    # A conjunction works out both its sides, a case the second one for the rows of the first.
    text = _text(source) if _native(column, source) else _bare(column.name)
    number = f"regexp_full_match({text}, {literal(NUMBER)})"
    return [
        Rule(no_such, f"case when {lost} then not {number} end"),
        Rule(f"{column.name} has more digits than are kept", f"case when {lost} then {number} end"),
    ]


def _digit_rules(contract: Contract, column: Column, inputs: Mapping[str, Input]) -> list[Rule]:
    """No more decimals than the row's currency has; two where it names none (spec 1, Money)."""
    name = identifier(column.name)
    currency = contract.currency_column if contract.currency_column in inputs else None
    broken = f"round({name}, 2) <> {name}"
    if currency:
        by_digits = {
            digits: ", ".join(literal(code) for code, its in currencies().items() if its == digits)
            for digits in (0, 3)
        }
        broken = (
            f"case when {currency} in ({by_digits[0]}) then round({name}, 0) <> {name} "
            f"when {currency} in ({by_digits[3]}) then false else {broken} end"
        )
    return [Rule(f"{column.name} has more decimals than its currency", broken)]


def _order_rule(contract: Contract, earlier: str, later: str) -> Rule:
    """A day without an hour is compared as a day, so it is not before an hour of that day."""
    first, second = identifier(earlier), identifier(later)
    by_day = f"{first}::date > {second}::date"
    broken = by_day
    if contract.column(earlier).type == contract.column(later).type == "ts":
        broken = (
            f"case when {_is_day(earlier)} or {_is_day(later)} then {by_day} "
            f"else {first} > {second} end"
        )
    return Rule(f"{later} is before {earlier}", broken)


def _bare(name: str) -> str:
    return identifier(f"{name} bare")


def _given(name: str) -> str:
    return identifier(f"{name} given")


def _is_day(name: str) -> str:
    return identifier(f"{name} is a day")
