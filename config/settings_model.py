"""The settings of a node: what an installer decides. `docs/configuration.md` lists them all.

They come from `caretaker.yaml` (named by CARETAKER_CONFIG), from environment variables
(`CARETAKER_HTTP_PORT`, nested with two underscores: `CARETAKER_MQTT__USERNAME`), and from files for secrets
(`password_file`); `config.settings` reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import URL

from config.clock import DAY
from config.database import database_url
from config.durations import Duration
from config.logs import LogFormat, LogLevel
from config.mistakes import RefusedError
from config.text import Language

Port = Annotated[int, Field(ge=1, le=65535)]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$", max_length=2000)]
BrokerUrl = Annotated[str, StringConstraints(pattern=r"^mqtts?://[^\s/]+$", max_length=500)]
ShortName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Part(BaseModel):
    """A strict group of settings: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mqtt(Part):
    """The broker. Without `url`, `run` starts one of its own on `bind`:`mqtt_port`."""

    url: BrokerUrl | None = None
    bind: str = "127.0.0.1"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    client_id: str = Field(default="caretaker-collector", min_length=1, max_length=100)
    version: Literal["3.1.1", "5"] = "5"
    ca_file: Path | None = None


class Influx(Part):
    """InfluxDB 2, used when `store` is `influx`."""

    url: HttpUrl = "http://127.0.0.1:8086"
    org: str = "caretaker"
    bucket: str = "caretaker"
    token: SecretStr | None = None
    token_file: Path | None = None


class Retention(Part):
    """How long readings stay: as they came, and as hourly figures."""

    raw: Duration = Field(default=400 * DAY, ge=DAY)
    rollup: Duration = Field(default=3650 * DAY, ge=DAY)


class Journal(Part):
    """Bounds of the journal on disk."""

    segment_bytes: int = Field(default=64 << 20, ge=1 << 16, le=1 << 30)
    max_bytes: int = Field(default=8 << 30, ge=1 << 20)
    max_age: Duration = Field(default=14 * DAY, gt=0)


class Webhook(Part):
    """An address that is told of every transition of an alarm."""

    name: ShortName
    url: HttpUrl
    url_file: Path | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None


class Notify(Part):
    """Where alarms are sent to, beside the log."""

    webhooks: list[Webhook] = Field(default_factory=list, max_length=50)


class Tls(Part):
    """The certificate that `serve` shows; both or neither."""

    certificate: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Tls:
        if (self.certificate is None) != (self.key is None):
            raise RefusedError("names one of two files", "Give `certificate` and `key` together")
        return self


class Settings(Part):
    """All settings of a node."""

    data_dir: Path = Path("data")
    facility: Path | None = None
    """The facility's folder; None: the demo campus that is shipped."""
    language: Language = "en"
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    allow_plain_http: bool = False
    tls: Tls = Field(default_factory=Tls)
    mqtt_port: Port = 1883
    mqtt: Mqtt = Field(default_factory=Mqtt)
    store: Literal["embedded", "influx"] = "embedded"
    influx: Influx = Field(default_factory=Influx)
    database_url: SecretStr | None = None
    database_url_file: Path | None = None
    retention: Retention = Field(default_factory=Retention)
    journal: Journal = Field(default_factory=Journal)
    notify: Notify = Field(default_factory=Notify)
    dead_man_url: HttpUrl | None = None
    dead_man_url_file: Path | None = None
    log_level: LogLevel = "info"
    log_format: LogFormat = "text"

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            database_url(url.get_secret_value())
        return url

    @model_validator(mode="after")
    def _influx_has_a_token(self) -> Settings:
        if self.store == "influx" and self.influx.token is None:
            raise RefusedError(
                "the store influx has no token", "Give influx.token_file (CARETAKER_INFLUX__TOKEN_FILE)"
            )
        return self

    @property
    def database(self) -> URL:
        """Where operational state lives: `database_url`, or SQLite in the data folder."""
        if self.database_url is not None:
            return database_url(self.database_url.get_secret_value())
        return URL.create("sqlite+pysqlite", database=str(self.data_dir / "caretaker.db"))
