"""Office files whose bytes tell nothing but their content: no clock is left in them.

A PPTX or XLSX is an archive of files. Those who write them stamp the time of writing on every file
of it, in the document's properties and in workbooks that charts carry; the same content would be
other bytes every time.
"""

import io
import re
from datetime import datetime
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first time that an archive can tell."""
_PROPERTIES: Final = "docProps/core.xml"
_STAMP: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_ARCHIVES: Final = (".xlsx", ".pptx")


def settled(archive: bytes, at: datetime) -> bytes:
    """The archive with `at` (UTC without a zone) wherever a time is told, embedded ones too."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as written, ZipFile(out, "w") as kept:
        for entry in written.infolist():
            member = ZipInfo(entry.filename, _EPOCH)
            member.compress_type = ZIP_DEFLATED
            # By default the system that runs us is told.
            member.create_system = 0
            kept.writestr(member, _settled_member(entry.filename, written.read(entry), at))
    return out.getvalue()


def _settled_member(name: str, content: bytes, at: datetime) -> bytes:
    if name == _PROPERTIES:
        return _STAMP.sub(rb"\g<1>" + f"{at:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
    return settled(content, at) if name.endswith(_ARCHIVES) else content
