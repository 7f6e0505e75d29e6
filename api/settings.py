"""What can be set, by ``PHONOGRAPH_`` environment variables (two underscores between levels), read once at start-up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import SettingsError

PREFIX = "PHONOGRAPH_"


class Neo4jSettings(BaseModel):
    """Which Neo4j holds the graph. Without ``uri`` we start one of our own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: str | None = Field(default=None, description="a Neo4j that runs elsewhere, such as bolt://host:7687")
    user: str = Field(default="neo4j", description="its user")
    password: SecretStr | None = Field(default=None, description="its password")
    database: str = Field(default="neo4j", description="its database")
    memory: str = Field(default="default", description="memory of the managed server: test, laptop, default or dev")


class ServeSettings(BaseModel):
    """How the API listens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="the port to listen on")
    workers: int | None = Field(default=None, ge=1, description="processes that serve; by default one for each core")


class EventsSettings(BaseModel):
    """Where what listeners do is kept before the graph has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    log: Literal["sqlite", "kafka"] = Field(default="sqlite", description="sqlite, in the home, or kafka")
    servers: str = Field(default="127.0.0.1:9092", description="kafka: where to begin, host:port, several with commas")
    topic: str = Field(default="phonograph-events", description="kafka: the topic, made when missing")
    partitions: int = Field(default=4, ge=1, description="kafka: partitions of a new topic")


class NotifySettings(BaseModel):
    """Who is told how a retraining ended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhook: str | None = Field(default=None, description="an address that gets the outcome as JSON by POST")


class Settings(BaseSettings):
    """All settings; every one has a default that works on a laptop."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    home: Path = Field(default_factory=lambda: user_data_path("phonograph"), description="the folder of all state")
    cache: Path | None = Field(default=None, description="where downloads of the managed Neo4j are kept")
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="processes for audio analysis")
    index: Literal["auto", "exact", "annoy", "faiss"] = Field(
        default="auto", description="how the nearest tracks are found; auto: exactly in small catalogues, else by Annoy"
    )
    neo4j: Neo4jSettings = Field(default_factory=lambda: Neo4jSettings())
    events: EventsSettings = Field(default_factory=lambda: EventsSettings())
    serve: ServeSettings = Field(default_factory=lambda: ServeSettings())
    notify: NotifySettings = Field(default_factory=lambda: NotifySettings())

    @property
    def models(self) -> Path:
        """The folder of the published models."""
        return self.home / "models"


def known_names(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[tuple[str, str]]:
    """Every environment variable that is read, with what it means."""
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from known_names(field.annotation, f"{variable}__")
        else:
            yield variable, field.description or ""


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a ``PHONOGRAPH_`` name that nobody reads, or a value that cannot be used.
    """
    known = dict(known_names())
    given = os.environ if environment is None else environment
    unknown = sorted(name for name in given if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]}: choose one of {', '.join(sorted(known))}")
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name} cannot be {first.get('input')!r}: {first['msg']}") from error
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})
