"""Making packs and handing them out: one review's files, or those of many in one archive."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import shell, words
from dashboards.access import Deed
from dashboards.markup import tag
from dashboards.packs.model import Audience

_AUDIENCES: dict[str, Audience] = {"For the partner": "partner", "Internal": "internal"}
_DEEDS: dict[Audience, Deed] = {"partner": "make_packs", "internal": "make_internal_packs"}
_SAID = {
    "partner": "Nothing about other partners, and none of our margins, payouts or notes.",
    "internal": "Adds margin, leakage, payouts, remediation and notes. Not to be shared.",
}
_TYPES = {
    "pdf": ("PDF, to read before", "application/pdf"),
    "pptx": (
        "Slides, to present",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "xlsx": (
        "Numbers, as a workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
_MADE = "made-packs"


def of_one(visit: shell.Visit, row: Any) -> None:
    """Make one review's pack for an audience, then its files to download."""
    with st.container(key="packs", gap="small"):
        chosen = _audience("for", visit)
        st.html(tag("p", _SAID[chosen], class_="quiet"))
        key = (visit.edition, str(row.review_id), chosen)
        if st.button("Make the pack", key="make-pack", type="primary"):
            shell.require(visit.viewer)
            from dashboards.packs.making import make_pack  # noqa: PLC0415 - its writers load slowly

            with st.spinner("Making the pack …"):
                _keep(key, make_pack(visit.edition, str(row.review_id), chosen))
        files = _kept(key)
        if files:
            for name, content in files.items():
                label, mime = _TYPES[name.rsplit(".", 1)[-1]]
                _download(visit, label, name, content, mime)
            total = sum(map(len, files.values()))
            said = f"Made from version {visit.imprint.version}, {words.size(total)}."
            st.html(tag("p", said, class_="quiet", role="status"))


def of_many(visit: shell.Visit, review_ids: list[str]) -> None:
    """Make the packs of the reviews that come up, with a bar that says how far, as one archive."""
    noun = words.counted(len(review_ids), "pack")
    if st.button(f"Make {noun}", icon=":material/inventory_2:", key="packs-of-many"):
        st.dialog("Packs for the next two weeks")(_many)(visit, review_ids, noun)


def _many(visit: shell.Visit, review_ids: list[str], noun: str) -> None:
    chosen = _audience("for-all", visit)
    st.caption(_SAID[chosen])
    key = (visit.edition, tuple(review_ids), chosen)
    if st.button(f"Make {noun} now", key="make-packs", type="primary"):
        shell.require(visit.viewer)
        from dashboards.packs.making import make_packs  # noqa: PLC0415 - as above

        bar = st.progress(0.0, f"0 of {noun}")

        def tell(done: int, of: int) -> None:
            bar.progress(done / of, f"{words.count(done)} of {noun}")

        files = make_packs(visit.edition, review_ids, chosen, tell)
        bar.empty()
        _keep(key, {f"packs-{chosen}-{visit.imprint.version}.zip": _archive(files)})
    for name, content in (_kept(key) or {}).items():
        label = f"Download {noun}, {words.size(len(content))}"
        _download(visit, label, name, content, "application/zip")


def _download(visit: shell.Visit, label: str, name: str, content: bytes, mime: str) -> None:
    st.download_button(
        label,
        shell.handed_out(visit.viewer, lambda: content),
        file_name=name,
        mime=mime,
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )


def _audience(key: str, visit: shell.Visit) -> Audience:
    """Who is to read it, of those whom this person may make packs for."""
    labels = [label for label, audience in _AUDIENCES.items() if visit.may(_DEEDS[audience])]
    if len(labels) == 1:
        return _AUDIENCES[labels[0]]
    chosen = st.segmented_control("Who reads it", labels, default=labels[0], required=True, key=key)
    return _AUDIENCES[chosen or labels[0]]


def _keep(key: object, files: Mapping[str, bytes]) -> None:
    """Keep what was made last for its downloads; one pack at a time, so that no session grows."""
    st.session_state[_MADE] = (key, files)


def _kept(key: object) -> Mapping[str, bytes] | None:
    made = st.session_state.get(_MADE)
    return made[1] if made is not None and made[0] == key else None


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Files in one archive; they are compressed already."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()
