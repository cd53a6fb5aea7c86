"""What can be set: one field per setting, each described in docs/settings.md."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.settings.values import (
    HeaderName,
    Instant,
    ListenAddress,
    Names,
    Networks,
    Seconds,
    Secret,
    Tls,
    Url,
    Zone,
    split_names,
    tag_spelling,
)

StateKind = Literal[
    "new", "open", "waiting_customer", "waiting_other", "closed", "merged", "removed"
]
ReportPeriod = Literal["day", "week", "month", "quarter", "year"]
CommonPriority = Literal["urgent", "high", "normal", "low"]

_Tag = Annotated[str, AfterValidator(tag_spelling)]
_Count = Annotated[int, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tags(_Section):
    """How our marks are spelled on the host (policy-language §8): short, lower case."""

    at_risk: _Tag = "sla-risk"
    breached: _Tag = "sla-breach"
    prefix: _Tag = "sla-"
    field: str | None = None
    """Custom field that holds our tags on a host without tags; None: its adapter's default."""


class Fields(_Section):
    """Names of the host's custom fields that we write; one that is not set is not written."""

    due: str | None = None
    state: str | None = None
    policy: str | None = None
    summary: str | None = None
    when: Literal["at_risk", "always"] = "at_risk"


class Limits(_Section):
    """The brake: more than this is not written without somebody looking (architecture, rule 8)."""

    writes_per_cycle: _Count = 500
    writes_per_hour: _Count = 2000
    reassignments_per_cycle: _Count = 50
    reassignments_per_hour: _Count = 200
    retry: Seconds = 60
    """Seconds that one request may spend on retries."""
    backfill_rate: Annotated[float, Field(gt=0)] | None = None
    """Requests per second that a backfill sends at most; None: as they come."""
    backfill_workers: Annotated[int, Field(ge=1, le=16)] | None = None
    """Sessions that read at once in a backfill; None: what the kind of helpdesk gains from."""


class StateRule(_Section):
    """What a state of the host means; ``closes``: it ends in closed by itself at its date (R7)."""

    kind: StateKind
    closes: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value


class Csat(_Section):
    """Where customers' answers to "were you satisfied" are; neither field nor file: nowhere."""

    field: str | None = None
    """Name of the ticket's custom field, with or without ``fields.``."""
    scale: str = "1-5"
    satisfied: str | None = None
    """The lowest answer that counts as satisfied; None: the upper quarter of the scale does."""
    file: Path | None = None

    @model_validator(mode="after")
    def _is_a_scale(self) -> Csat:
        if (self.scale, self.satisfied) != ("1-5", None):
            # Not at every start of every command: it brings all figures with it.
            from slaplugin.core.metrics.ratings import Scale

            Scale.parse(self.scale, self.satisfied)
        return self


class Escalation(_Section):
    """Whom tickets are escalated to, by the names that the helpdesk has for them."""

    groups: Annotated[Names, NoDecode] = ()
    managers: Annotated[Names, NoDecode] = ()


class Reports(_Section):
    """What the daemon writes after the end of each period."""

    folder: Path | None = None
    every: Annotated[tuple[ReportPeriod, ...], BeforeValidator(split_names), NoDecode] = ()
    format: Literal["html", "md", "json", "csv"] = "html"
    notify: Annotated[Names, NoDecode] = ()
    """Channels that are told of each report, once."""

    @model_validator(mode="after")
    def _says_when_and_where(self) -> Reports:
        if self.every and self.folder is None:
            raise ValueError("every needs a folder to write the reports into: set reports.folder")
        if not self.every and (self.folder is not None or self.notify):
            raise ValueError('no period is named: set reports.every, for example ["week", "month"]')
        return self


class Settings(BaseSettings):
    """Everything an installation can set. Durations are whole seconds, instants aware UTC."""

    model_config = SettingsConfigDict(
        env_prefix="SLAPLUGIN_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        validate_default=False,
    )

    # the host
    host: str = "zammad"
    host_name: str | None = None
    """First part of every key in the store; the kind of host unless two of a kind are watched."""
    url: Url | None = None
    token: Secret | None = None
    user: str | None = None
    password: Secret | None = None
    verify_tls: Tls = True
    host_timezone: Zone = "UTC"
    states: dict[str, StateRule] = Field(default_factory=dict)
    priorities: dict[str, CommonPriority] = Field(default_factory=dict)
    bots: Annotated[Names, NoDecode] = ()
    routes: dict[str, Any] = Field(default_factory=dict, repr=False)

    # places
    policies: Path = Path("policies")
    hooks: Path = Path("hooks")
    store: Path = Path("slaplugin.db")
    secrets_dir: Path | None = None
    token_file: Path | None = None
    password_file: Path | None = None
    webhook_secret_file: Path | None = None
    web_token_file: Path | None = None

    # rhythm
    poll_interval: Annotated[Seconds, Field(ge=1)] = 30
    overlap: Seconds = 120
    sweep_interval: Seconds = 3600
    settle: Seconds = 2
    now: Instant | None = None
    """A fixed beginning of time, for tests and the demo."""

    # what we write
    dry_run: bool = False
    tags: Tags = Tags()
    fields: Fields = Fields()
    limits: Limits = Limits()

    # what we show
    timezone: Zone = "UTC"
    agents: Literal["named", "pseudonym", "off"] = "named"
    retention: Seconds | None = None
    listen: ListenAddress | None = None
    webhook_secret: Secret | None = None
    web_token: Secret | None = None
    web_trusted_header: HeaderName | None = None
    web_trusted_proxies: Annotated[Networks, NoDecode] = ()
    web_hosts: Annotated[Names, NoDecode] = ()
    notify: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_format: Literal["text", "json"] = "text"

    # what reports say
    csat: Csat = Csat()
    escalation: Escalation = Escalation()
    reports: Reports = Reports()

    # what plugins read
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)

    _file: Path | None = PrivateAttr(default=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load_settings`` hands over: it orders the sources and knows their places."""
        return (init_settings,)

    @property
    def file(self) -> Path | None:
        """The settings file these were read from; None when there was none."""
        return self._file

    @property
    def directory(self) -> Path:
        """Where relative defaults start: beside the settings file, else the working directory."""
        return self._file.parent if self._file else Path.cwd()

    @property
    def host_key(self) -> str:
        """The configured host's name, the first part of every key in the store."""
        return self.host_name or self.host

    def require_access(self) -> None:
        """Check that the host can be asked at all; ConfigurationError says what is missing."""
        problems = [] if self.url else [_missing("url", "the helpdesk's web address")]
        if not self.token and not (self.user and self.password):
            problems.append(_missing("token", "or user and password"))
        if problems:
            raise ConfigurationError(problems)


def _missing(name: str, what: str) -> Problem:
    variable = f"SLAPLUGIN_{name.upper()}"
    return Problem(
        f"the setting {name} is missing ({what})",
        hint=f"set it in slaplugin.toml or as {variable}, or run slaplugin init",
    )
