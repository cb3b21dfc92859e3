"""What the environment tells Escucha: where its state lives, which servers it uses, and the secrets (never in the profile)."""

import os
import secrets
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationError

MIN_SALT_BYTES = 16


class Settings(BaseSettings):
    """All settings start with `ESCUCHA_`; without any, everything runs embedded under `./var`."""

    model_config = SettingsConfigDict(env_prefix="ESCUCHA_", frozen=True, extra="ignore")

    home: Path = Path("var")
    """State: ledger, salt, reports, logs, Airflow's home."""
    ledger_url: str = ""
    """SQLAlchemy URL; empty: SQLite under home."""
    salt: SecretStr | None = None
    """Key of all pseudonyms; empty: `home/salt`, made once."""
    elasticsearch_url: str = ""
    """Empty: the embedded engine."""
    elasticsearch_api_key: SecretStr | None = None
    elasticsearch_user: str = ""
    elasticsearch_password: SecretStr | None = None
    elasticsearch_ca: str = ""
    kibana_url: str = ""
    desk_url: str = ""
    """Address of the desk written in tickets and mails; empty: the local one."""
    desk_host: str = "127.0.0.1"
    desk_port: int = 8800
    airflow_port: int = 8801
    search_port: int = 8802
    smtp_url: SecretStr | None = None
    """smtp://user:password@host:port or smtps://...; empty: reports are written, not mailed."""
    mail_from: str = "escucha@localhost"
    alert_to: str = ""
    """Mail address that is told when a task fails."""
    alert_webhook: SecretStr | None = None
    """Address that gets a JSON POST when a task fails."""
    heartbeat_url: SecretStr | None = None
    """Address that is called every 5 minutes while the scheduler lives; whoever owns it raises the alarm when the calls stay away."""
    airflow_keep_days: int = Field(14, ge=1, le=3650)
    """Days that Airflow's rows and task logs are kept; older ones go with `escucha clean`, daily."""
    threads: int = Field(0, ge=0, le=1000)
    """Threads of the reader; 0: all cores."""
    reader_device: str = Field("cpu", pattern=r"^(cpu|cuda(:\d+)?|torch:cpu)$")
    """Where the language model runs: `cpu`, or by torch on a graphics card, `cuda` or `cuda:1`: docs/scaling.md."""
    readers: int = Field(1, ge=1, le=1000)
    """Tasks that read at the same time, each a process of its own: docs/scaling.md."""

    @property
    def ledger(self) -> str:
        """URL of the ledger in force."""
        return self.ledger_url or f"sqlite:///{self.home.resolve() / 'ledger.sqlite'}"

    @property
    def desk_address(self) -> str:
        """Address of the desk as people reach it."""
        return (self.desk_url or f"http://127.0.0.1:{self.desk_port}").rstrip("/")

    def salt_bytes(self) -> bytes:
        """The salt in force; made once in `home/salt` (mode 0600) when the environment gives none.

        Raises:
            ConfigurationError: shorter than 16 bytes.
        """
        if self.salt is not None:
            return _long_enough(self.salt.get_secret_value().encode(), "ESCUCHA_SALT")
        path = self.home / "salt"
        if not path.exists():
            _make_salt(path)
        return _long_enough(path.read_bytes().strip(), str(path))


def _make_salt(path: Path) -> None:
    """Write a new salt whole or not at all: two first starts at once must end with one salt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"salt.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # the other start was first: its salt counts
    finally:
        draft.unlink()


def _long_enough(salt: bytes, where: str) -> bytes:
    if len(salt) < MIN_SALT_BYTES:
        raise ConfigurationError(f"{where}: the salt has {len(salt)} bytes; give at least {MIN_SALT_BYTES} random ones")
    return salt


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        ConfigurationError: a variable has a value of the wrong kind; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"ESCUCHA_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"environment: {wrong}") from None
