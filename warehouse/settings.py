"""Where things are. Read once by the command, handed down as a value."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent
"""The folder that holds the product's own folders: a checkout, or site-packages."""

DBT_PROJECT = CHECKOUT / "dbt_project"
DEFAULT_POLICY = CHECKOUT / "seeds" / "policy"


class Settings(BaseSettings):
    """Places of one installation; each field is also `SCORECARDS_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="SCORECARDS_", frozen=True)

    home: Path = Path("var")
    extracts: Path = Path("extracts")
    policy: Path = DEFAULT_POLICY
    decisions_url: str | None = None
    """Database of the decisions ledger; without one, the file `decisions.sqlite` of the home."""
    audiences: Path | None = None
    """Who is told what: a CSV or YAML of audience, channel and address. Without it nobody is."""
    smtp_url: str | None = Field(default=None, repr=False)
    """Mail server: smtp:// (with STARTTLS where offered) or smtps://user:password@host:port."""
    mail_from: str | None = None
    """Address the mail comes from."""
    public_url: str = "http://127.0.0.1:8501"
    """Where people open the pages; the links of messages begin with it."""
    refresh_late_hours: int = Field(default=6, gt=0)
    """A week that is not published so long after its refresh was due is late."""

    secrets: Path | None = None
    """Sign-in as Streamlit configures it (TOML with [auth]); without it only this machine is
    served."""
    roles: Path | None = None
    """Who has which role: a CSV of email and role. Without it the provider says so."""
    role_claim: str = "role"
    """The claim in which the provider says a person's role; `a.b` is the claim b within a."""
    session_hours: int = Field(default=12, gt=0)
    """So long after signing in a person signs in again."""

    @property
    def warehouse(self) -> Path:
        """Landed Parquet, manifests, builds under way and dbt's working files."""
        return self.home / "warehouse"

    @property
    def builds(self) -> Path:
        """One DuckDB file per refresh under way, named by its run."""
        return self.warehouse / "build"

    @property
    def published(self) -> Path:
        """Immutable published versions and the pointer to the current one."""
        return self.home / "published"

    @property
    def quality(self) -> Path:
        """Great Expectations' Data Docs."""
        return self.home / "quality"

    @property
    def packs(self) -> Path:
        """Packs of business reviews, a folder a version."""
        return self.home / "packs"

    @property
    def lock(self) -> Path:
        """Held by the one refresh that may run in this home."""
        return self.warehouse / "refresh.lock"
