"""What money costs at scale: `python -m benchmarks.money [--opportunities N --touches N …]`.

Multiplies the deals, touches and bills of a simulated company to the sizes asked for and refreshes
it by the command. Prints its time against the compiled SQL run bare in one DuckDB process, the peak
memory of the refresh, and the six attribution splits against the same written in pandas.
"""

import argparse
import resource
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.pandas_split import split
from benchmarks.refresh import AS_OF, compiled_sql, refresh
from seeds.simulate import simulate
from warehouse.connections import BUILD_FILE
from warehouse.settings import Settings

MULTIPLIED = {
    "crm.opportunities": ("opportunity_id", "account_id"),
    "crm.accounts": ("account_id", "account_name"),
    "crm.opportunity_touches": ("touch_id", "opportunity_id"),
    "billing.subscriptions": ("subscription_id", "account_id", "opportunity_id"),
    "billing.subscription_changes": ("change_id", "subscription_id"),
    "billing.invoices": ("invoice_id", "account_id"),
    "billing.invoice_lines": ("line_id", "invoice_id", "subscription_id"),
}
"""What a copy of an entity has for itself: its keys, and names that have to differ."""
SPLIT = ("int_split__deals", "int_split__partners", "int_split__touches", "fct_attribution")
"""The models between the touches of all deals and their credit; those of one split are views."""


def main(opportunities: int = 1_000_000, touches: int = 5_000_000, lines: int = 2_000_000) -> None:
    """Measure and print."""
    with TemporaryDirectory(prefix="scorecards-benchmark-") as folder:
        small = Settings(home=Path(folder) / "small", extracts=Path(folder) / "simulated")
        simulate(small.extracts, until=AS_OF, events=20_000)
        refresh(small)
        large = Settings(home=Path(folder) / "home", extracts=Path(folder) / "extracts")
        multiply(small, large.extracts, opportunities, touches, lines)
        whole = sum(refresh(large).values())
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        tell("Whole refresh", f"{whole:.1f} s")
        tell("Its peak memory", f"{peak:.1f} GiB (aim: under 6)")
        bare = compiled_sql(large, Path(folder) / "bare")
        sql = sum(bare.values())
        tell("Its SQL, bare", f"{sql:.1f} s, so the refresh takes {whole / sql:.1f} × (aim: 2)")
        ours = sum(seconds for model, seconds in bare.items() if model.split(".")[1] in SPLIT)
        tell("Six splits in SQL", f"{ours:.1f} s")
        in_pandas = pandas_seconds(Path(folder) / "bare" / BUILD_FILE)
        tell("Six splits in pandas", f"{in_pandas:.1f} s: {in_pandas / ours:.1f} × (aim: 5)")


def tell(what: str, measured: str) -> None:
    """One line, at once: the next figure takes minutes."""
    print(f"{what:<24}{measured}", flush=True)


def multiply(small: Settings, extracts: Path, opportunities: int, touches: int, lines: int) -> None:
    """Writes the extracts of `small` with as many deals, touches and lines as asked for.

    Registrations stay those of the first copy; of a deal's touches each is told again, a minute
    later, until there are enough of them.
    """
    shutil.copytree(small.extracts, extracts)
    [build] = small.builds.glob(f"*-*/{BUILD_FILE}")
    with duckdb.connect(build, read_only=True) as connection:
        rows = {entity: _rows(connection, entity) for entity in MULTIPLIED}
        deals = -(-opportunities // rows["crm.opportunities"])
        bills = -(-lines // rows["billing.invoice_lines"])
        again = -(-touches // (rows["crm.opportunity_touches"] * deals))
        for entity in MULTIPLIED:
            is_bill = entity in ("billing.invoices", "billing.invoice_lines")
            copies = bills if is_bill else max(deals, bills)
            if entity in ("crm.opportunities", "crm.opportunity_touches"):
                copies = deals
            repeats = again if entity == "crm.opportunity_touches" else 1
            _write(connection, entity, extracts, copies, repeats)


def _rows(connection: duckdb.DuckDBPyConnection, entity: str) -> int:
    [(rows,)] = connection.execute(f"select count(*) from {_relation(entity)}").fetchall()
    return int(rows)


def _relation(entity: str) -> str:
    return f"raw.{entity.replace('.', '__')}"


def _write(
    connection: duckdb.DuckDBPyConnection,
    entity: str,
    extracts: Path,
    copies: int,
    repeats: int,
) -> None:
    described = connection.execute(f"describe {_relation(entity)}").fetchall()
    columns = [name for name, *_ in described if not name.startswith("_")]
    own = {key: f"{key} || {_mark('copy')} as {key}" for key in MULTIPLIED[entity]}
    if repeats > 1:
        own["touch_id"] = f"touch_id || {_mark('copy')} || {_mark('again')} as touch_id"
        own["touched_at"] = "touched_at + to_minutes(again::integer) as touched_at"
    chosen = ", ".join(own.get(column, column) for column in columns)
    system, name = entity.split(".")
    for old in (extracts / system).glob(f"{name}*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    connection.execute(
        f"""
        copy (
            select {chosen} from {_relation(entity)}, range({copies}) as copies (copy),
                range({repeats}) as repeats (again)
        ) to '{extracts / system / name}.parquet' (format parquet, compression zstd)
        """
    )


def _mark(number: str) -> str:
    """What tells a copy's keys from those of the first, which keep their own."""
    return f"case when {number} > 0 then '-{number}-' || {number} else '' end"


def pandas_seconds(build: Path) -> float:
    """Seconds of the split in pandas over frames that are already in memory."""
    with duckdb.connect(build, read_only=True) as connection:
        won = connection.execute(
            """
            select opportunity_id, amount_reporting_cents as amount_cents, closed_at
            from staging.stg_crm__opportunities
            where is_won and closed_at is not null and amount_reporting_cents is not null
            """
        ).df()
        touches = connection.execute(
            """
            select touch_id, opportunity_id, partner_id, touched_at, role,
                excluded_because is null as is_in_line, is_in_role_split
            from marts.fct_opportunity_touch
            where excluded_because is null or is_in_role_split
            """
        ).df()
    began = time.monotonic()
    split(won, touches)
    return time.monotonic() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--opportunities", type=int, default=1_000_000)
    parser.add_argument("--touches", type=int, default=5_000_000)
    parser.add_argument("--lines", type=int, default=2_000_000)
    main(**vars(parser.parse_args()))
