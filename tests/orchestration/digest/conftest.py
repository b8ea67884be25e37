import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from aiosmtpd.controller import Controller

sys.path.insert(0, str(Path(__file__).parents[2] / "dashboards"))

from mail_server import NAMES, Post
from review_rows import add_reviews
from snapshot_factory import Scenario, publish
from tier_change_rows import add_tier_changes

from warehouse.settings import Settings


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        handler = Post(probe.getsockname()[1])
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a version that has something to tell everybody; to be looked at only."""
    home = tmp_path_factory.mktemp("told")
    path = publish(home, Scenario(partners=12, names=NAMES, failed_checks=1))
    add_tier_changes(path)
    add_reviews(path)
    with duckdb.connect(path) as connection:
        connection.execute("alter table marts.dim_partner add column partner_manager_email varchar")
        connection.execute(
            """
            update marts.dim_partner set partner_manager_email = case
                when partner_id < 'P-00004' then 'ana@example.com' else 'idris@example.com'
            end
            """
        )
    return home


@pytest.fixture
def installation_of(company: Path, post: Post, tmp_path: Path) -> Callable[..., Settings]:
    """The settings of an installation that tells whom the rows name; its ledger has no entry."""

    def made(*rows: str, **changes: object) -> Settings:
        audiences = tmp_path / "audiences.csv"
        audiences.write_text("\n".join(["audience,channel,address,manager", *rows]) + "\n")
        settings = Settings(
            home=company,
            decisions_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}",
            audiences=audiences,
            smtp_url=post.url,
            mail_from="Partner Scorecards <scorecards@example.com>",
            public_url="https://scorecards.example.com/",
        )
        return settings.model_copy(update=changes)

    return made
