"""What a week has to tell whom: made once, shown by the Today page and sent by the digest.

items(week, before, ledger) -> every Item; of_role(items, role, pages) -> those of one reader.
"""

from dashboards.news.gathering import REVIEW_ROLES, Ledger, items, of_role, read_ledger
from dashboards.news.item import PARTS, Item, Part, Tone, of_part, shortened

__all__ = [
    "PARTS",
    "REVIEW_ROLES",
    "Item",
    "Ledger",
    "Part",
    "Tone",
    "items",
    "of_part",
    "of_role",
    "read_ledger",
    "shortened",
]
