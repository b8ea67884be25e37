"""Ragged reality: repeated rows, older versions, late rows and rows that must be refused.

Nothing here changes what is true of the company. Two different rows never share a key and an
`updated_at`, so which of them stands does not hang on the order of rows.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from seeds.simulate.company import Company
from seeds.simulate.draws import DAY, HOUR, Bools, Ints, between, instants
from seeds.simulate.extracts import Layout, as_text
from warehouse.contracts import Contract

REPEATED_SHARE = 0.01
OLDER_SHARE = 0.04
LATE_SHARE = 0.01

OLDER_VERSIONS: dict[str, dict[str, object]] = {
    "crm.partners": {"strategic_fit": "moderate", "executive_sponsor": None},
    "crm.accounts": {"industry": None},
    "crm.opportunities": {
        "stage": "Prospecting",
        "qualified_at": None,
        "closed_at": None,
        "is_closed": False,
        "is_won": False,
    },
    "crm.deal_registrations": {
        "responded_at": None,
        "decision": "pending",
        "renewed_at": None,
        "renewal_proof": None,
        "reopened_at": None,
        "reopened_by_role": None,
    },
    "crm.contracts": {"exception_reason": None, "exception_expires_on": None},
    "crm.business_reviews": {"held_at": None, "pre_read_sent_at": None},
    "crm.review_items": {"status": "open"},
    "crm.onboardings": {"certified_on": None, "first_success_on": None},
    "crm.mdf_requests": {"claimed_on": None, "spent": None, "leads": None},
    "billing.subscriptions": {"ended_on": None, "end_reason": None},
    "billing.invoices": {"status": "open", "paid_on": None, "amount_paid": None},
    "support.tickets": {
        "first_response_at": None,
        "solved_at": None,
        "status": "open",
        "satisfaction": "unoffered",
        "reopened_count": 0,
    },
    "support.incidents": {"resolved_at": None, "partner_notified_at": None},
    "telemetry.integrations": {"certification_status": "uncertified", "certified_on": None},
    "telemetry.installs": {"activated_at": None, "uninstalled_at": None},
    "telemetry.access_grants": {"last_used_at": None, "revoked_at": None},
}
"""What an earlier version of a row had not yet said."""


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with one row: what class of reason must refuse it, and in which column."""

    reason: str
    column: str


@dataclass(frozen=True)
class Ragged:
    """An entity's rows as exported: text, the file each row goes to, and what is wrong with it."""

    text: pa.Table
    file: Ints
    flaws: dict[int, Flaw]
    superseded: int


def roughen(
    company: Company, frame: pd.DataFrame, contract: Contract, layout: Layout, file: Ints
) -> Ragged:
    """The entity's clean rows, among repeated, older, late and refusable ones."""
    rng = company.rng(f"dirt/{contract.name}")
    size = len(frame)
    repeated = np.flatnonzero(rng.random(size) < REPEATED_SHARE)
    older, older_rows = _older(rng, frame, contract)
    clean = as_text(frame, contract, layout)
    flawed, flawed_rows, flaws = _flawed(rng, clean, contract, layout)
    text = pa.concat_tables(
        [clean, clean.take(repeated), _older_text(older, contract, layout), flawed]
    )
    origin = np.concatenate([np.arange(size), repeated, older_rows, flawed_rows])
    place = origin.astype(np.float64)
    extra = np.arange(len(origin)) >= size
    place[extra] += rng.random(int(extra.sum())) * np.minimum(size - place[extra], 500)
    is_late = (rng.random(len(origin)) < LATE_SHARE) & ~extra
    files = np.minimum(file[origin] + is_late, file.max(initial=0))
    order = np.lexsort([np.arange(len(origin)), place, files])
    first_flaw = len(origin) - len(flaws)
    return Ragged(
        text=text.take(order),
        file=files[order],
        flaws={
            int(position): flaws[int(order[position]) - first_flaw]
            for position in np.flatnonzero(order >= first_flaw)
        },
        superseded=len(repeated) + len(older_rows),
    )


def _older(
    rng: np.random.Generator, frame: pd.DataFrame, contract: Contract
) -> tuple[pd.DataFrame, Ints]:
    """Earlier versions of some rows, with an earlier `updated_at`."""
    changes = OLDER_VERSIONS.get(contract.name)
    drawn: Bools = rng.random(len(frame)) < OLDER_SHARE
    if changes is None:
        drawn[:] = False
    rows = np.flatnonzero(drawn)
    older = frame.iloc[rows].copy()
    for column, value in (changes or {}).items():
        older[column] = pd.Series([value] * len(rows), index=older.index).astype(
            frame[column].dtype
        )
    if changes is not None:
        at = older["updated_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
        earlier = at - between(rng, HOUR, 20 * DAY, len(rows))
        older["updated_at"] = instants(earlier).to_numpy()
    return older, rows


def _older_text(older: pd.DataFrame, contract: Contract, layout: Layout) -> pa.Table:
    return as_text(older.reset_index(drop=True), contract, layout)


def _flawed(
    rng: np.random.Generator, clean: pa.Table, contract: Contract, layout: Layout
) -> tuple[pa.Table, Ints, list[Flaw]]:
    """Copies of a few rows under keys of their own, each spoiled in one way."""
    plans = _plans(clean, contract, layout)
    rows, origins, flaws = [], [], []
    for number, flaw in enumerate(plans):
        origin = _dated_row(rng, clean, flaw, contract)
        row = clean.slice(origin, 1).to_pylist()[0]
        for key in contract.key:
            if contract.column(key).type == "id":
                row[key] = f"{row[key]}-x{number}"
        _spoil(row, flaw, contract)
        rows.append(row)
        origins.append(origin)
        flaws.append(flaw)
    table = pa.Table.from_pylist(rows, schema=clean.schema)
    return table, np.array(origins, dtype=np.int64), flaws


def _plans(clean: pa.Table, contract: Contract, layout: Layout) -> list[Flaw]:
    """One flaw of each class that the contract of the entity knows."""
    if clean.num_rows == 0:
        return []
    present = [column for column in contract.columns if column.name in clean.column_names]
    plans = []
    required = [c.name for c in present if c.required]
    if required:
        plans.append(Flaw("missing_required", required[-1]))
    amounts = [c.name for c in present if c.type in ("money", "num", "date", "ts")]
    if amounts and layout.ending != "parquet":
        plans.append(Flaw("unparsable", amounts[0]))
    closed = [c.name for c in present if c.allowed]
    if closed:
        plans.append(Flaw("not_allowed", closed[0]))
    ordered = [
        pair.later
        for pair in contract.date_order
        if pair.later in clean.column_names
        and pair.earlier in clean.column_names
        and clean[pair.earlier].null_count < clean.num_rows
    ]
    if ordered:
        plans.append(Flaw("date_order", ordered[0]))
    return plans


def _spoil(row: dict[str, object], flaw: Flaw, contract: Contract) -> None:
    match flaw.reason:
        case "missing_required":
            row[flaw.column] = None
        case "unparsable":
            row[flaw.column] = "n/a"
        case "not_allowed":
            row[flaw.column] = "something else"
        case "date_order":
            pair = next(pair for pair in contract.date_order if pair.later == flaw.column)
            for other in contract.date_order:
                if other.earlier == pair.earlier and other.later in row:
                    row[other.later] = None
            row[flaw.column] = "1999-12-31" + str(row[pair.earlier])[10:]


def _dated_row(rng: np.random.Generator, clean: pa.Table, flaw: Flaw, contract: Contract) -> int:
    """A row to spoil; for an impossible order of dates, one that has the earlier date."""
    rows = np.arange(clean.num_rows)
    if flaw.reason == "date_order":
        earlier = next(pair.earlier for pair in contract.date_order if pair.later == flaw.column)
        rows = np.flatnonzero(clean[earlier].is_valid().to_numpy())
    return int(rows[int(rng.integers(0, len(rows)))])
