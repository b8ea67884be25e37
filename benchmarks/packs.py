"""What packs cost: `python -m benchmarks.packs [--home DIR] [--packs N]`.

Publishes the default simulated company, or takes the version that a home serves, and makes packs
for both audiences, partner by partner, as `scorecards packs` does. Prints the whole, what each part
of it takes on its own, and how the whole compares with the aim.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.refresh import AS_OF, refresh
from dashboards.packs import content, pdf, pptx, xlsx
from dashboards.packs.making import write_packs
from dashboards.packs.model import AUDIENCES
from dashboards.queries.packs import Occasion, read
from dashboards.queries.published import Edition, current_edition, frame
from seeds.simulate import simulate
from warehouse.settings import Settings

AIM_SECONDS = 60


def main(home: Path | None = None, packs: int = 100) -> None:
    """Measure and print."""
    with TemporaryDirectory(prefix="scorecards-benchmark-") as folder:
        settings = Settings(home=home or Path(folder) / "home", extracts=Path(folder) / "extracts")
        if home is None:
            simulate(settings.extracts, until=AS_OF)
            refresh(settings)
        edition = current_edition(settings)
        if edition is None:
            raise RuntimeError(f"{settings.home}: nothing is published")
        wanted = occasions(edition, packs // len(AUDIENCES))
        began = time.perf_counter()
        written = write_packs(edition, wanted, Path(folder) / "packs")
        whole = time.perf_counter() - began
        size = sum(each.stat().st_size for each in written.folder.rglob("*.*")) / written.packs
        took = f"{whole:>7.1f} s  (aim: {AIM_SECONDS} s)"
        print(f"{f'{written.packs} packs of three formats':<32}{took}")
        print(f"{'Aim ÷ whole':<32}{AIM_SECONDS / whole:>7.1f}")
        print(f"{'A pack':<32}{whole / written.packs:>7.3f} s, {size / 1000:,.0f} KB")
        by_part(edition, wanted)


def occasions(edition: Edition, partners: int) -> list[Occasion]:
    """So many partners' next reviews, or none where none is ahead."""
    rows = frame(
        edition,
        """
        select partner_id, min_by(review_id, scheduled_at) as review_id
        from marts.dim_partner
        left join marts.fct_business_review using (partner_id)
        group by partner_id
        order by partner_id
        limit $partners
        """,
        {"partners": partners},
    )
    reviews = rows["review_id"].astype(object).where(rows["review_id"].notna(), None)
    return [Occasion(*each) for each in zip(rows["partner_id"], reviews, strict=True)]


def by_part(edition: Edition, wanted: list[Occasion]) -> None:
    """What each part takes where nothing else runs: reading, wording, and each format."""
    began = time.perf_counter()
    reading = read(edition, wanted)
    print(f"{'Read all partners, once':<32}{time.perf_counter() - began:>7.3f} s")
    began = time.perf_counter()
    made = [content.pack(reading, each, audience) for each in wanted for audience in AUDIENCES]
    print(f"{'Words of a pack':<32}{(time.perf_counter() - began) / len(made):>7.3f} s")
    forms: dict[str, Callable[..., bytes]] = {
        "PDF": pdf.render,
        "PPTX": pptx.render,
        "XLSX": xlsx.render,
    }
    for name, render in forms.items():
        began = time.perf_counter()
        for pack in made:
            render(pack)
        print(f"{f'{name} of a pack':<32}{(time.perf_counter() - began) / len(made):>7.3f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--packs", type=int, default=100)
    main(**vars(parser.parse_args()))
