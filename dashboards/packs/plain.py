"""Text as Office files can hold it."""

import re
from typing import Final

_UNSPEAKABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to write: control characters and halves of characters."""


def plain(text: str) -> str:
    """The text in one line, without the characters that XML cannot hold."""
    return " ".join(_UNSPEAKABLE.sub("\ufffd", text).split())
