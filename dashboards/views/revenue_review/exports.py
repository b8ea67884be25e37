"""The tables of the revenue review to take away, in units of their currency."""

import pandas as pd

from dashboards import words
from dashboards.reconciliation import in_units


def money_frame(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The rows under readable headers, amounts as exact numbers.

    Amounts are in the reporting currency, which their header names; those of a row with a currency
    of its own are in that, except the ones that say they are reported.
    """
    out: dict[str, pd.Series] = {}
    for column, values in rows.items():
        key = str(column)
        stem = key.removesuffix("_cents")
        if stem == key:
            out[words.title(key)] = values
        elif "currency" in rows and not stem.endswith("_reporting"):
            out[words.title(stem)] = pd.Series(
                [
                    words.major(cents, str(own))
                    for cents, own in zip(values, rows["currency"], strict=True)
                ],
                index=values.index,
                dtype="object",
            )
        else:
            header = f"{words.title(stem.removesuffix('_reporting'))}, {currency}"
            out[header] = in_units(values, currency)
    return pd.DataFrame(out)
