"""The registry of pages, validated when it is loaded."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from dashboards.access import Audience

VIEWS = Path(__file__).with_name("views")


class PageEntry(BaseModel):
    """One page: where it is found, what it is called, whom it is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    title: str = Field(min_length=1)
    icon: str = Field(pattern=r"^:material/[a-z0-9_]+:$")
    group: str | None = None
    audience: tuple[Audience, ...] = Field(min_length=1)

    @property
    def folder(self) -> str:
        """Its folder under `views/`, which is its package too."""
        return self.path.replace("-", "_")

    @model_validator(mode="after")
    def _has_a_view(self) -> Self:
        if not (VIEWS / self.folder / "view.py").is_file():
            raise ValueError(f"page {self.path}: there is no views/{self.folder}/view.py")
        return self

    def view(self) -> Callable[..., None]:
        """The page's `render`, imported when the page is first opened."""
        render: Callable[..., None] = import_module(f"dashboards.views.{self.folder}.view").render
        return render


def read_pages(path: Path) -> tuple[PageEntry, ...]:
    """The pages a registry file lists, in order.

    Raises pydantic.ValidationError on an unknown key or a missing view, ValueError on a path or
    title given twice.
    """
    pages = TypeAdapter(tuple[PageEntry, ...]).validate_python(
        yaml.safe_load(path.read_text("utf-8"))
    )
    for field in ("path", "title"):
        _refuse_repeats(field, [getattr(page, field) for page in pages])
    return pages


@cache
def load_pages() -> tuple[PageEntry, ...]:
    """The pages of the product."""
    return read_pages(VIEWS / "pages.yml")


def _refuse_repeats(field: str, values: Sequence[str]) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"pages with the same {field}: {', '.join(repeated)}")
