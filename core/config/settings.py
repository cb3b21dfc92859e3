"""Read the settings of the environment: state folder, servers and secrets.

Secrets are never in the profile.
"""

import ipaddress
import os
import secrets
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationError

MIN_SALT_BYTES = 16
MIN_PASSPHRASE_BYTES = 16

ADDRESS = r"^(https?://\S+)?$"
MAIL_ADDRESSES = r"^\s*(?:(?:[^,;<>@]*<[^@\s,;<>]+@[^@\s,;<>]+>|[^@\s,;<>]+@[^@\s,;<>]+)\s*(?:,\s*|$))*$"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(BaseSettings):
    """Hold the settings; each is the variable `ESCUCHA_` and its name.

    Without any, everything runs embedded under `./var`.
    """

    model_config = SettingsConfigDict(env_prefix="ESCUCHA_", frozen=True, extra="ignore")

    home: Path = Path("var")
    """State: ledger, salt, reports, logs, Airflow's home."""
    towns: str = ""
    """Profiles of the towns that this installation serves, comma-separated; empty: one city. docs/how-to/several-towns.md."""
    ledger_url: str = ""
    """SQLAlchemy URL; empty: SQLite under home."""
    salt: SecretStr | None = None
    """Key of all pseudonyms; empty: `home/salt`, made once."""
    suppressions: str = ""
    """File of the suppression journal, kept apart from backups; empty: `home/suppressions.jsonl`. docs/explanation/privacy.md."""
    backup_key: SecretStr | None = None
    """Passphrase of backups, 16 characters or more."""
    backup_key_file: str = ""
    """File that holds the passphrase of backups, instead of ESCUCHA_BACKUP_KEY."""
    backup_folder: str = ""
    """Folder of scheduled backups."""
    backup_keep_days: int = Field(30, ge=1, le=3650)
    """Scheduled backups older than this are removed; erased data stays in backups until then."""
    elasticsearch_url: str = ""
    """Elasticsearch 8.19 or newer, or OpenSearch 2.19 or newer; empty: the embedded engine."""
    elasticsearch_api_key: SecretStr | None = None
    """API key of the search engine and of Kibana; alternative: user and password."""
    elasticsearch_reader_api_key: SecretStr | None = None
    """API key of the search engine that can only read, for the desk and the portal; empty: the one above."""
    elasticsearch_user: str = ""
    """User of the search engine, with ESCUCHA_ELASTICSEARCH_PASSWORD."""
    elasticsearch_password: SecretStr | None = None
    """Password of that user."""
    elasticsearch_ca: str = ""
    """File of the certificate authority of the search engine."""
    kibana_url: str = Field("", pattern=ADDRESS)
    """Address of Kibana, for `escucha dashboards push`."""
    desk_url: str = Field("", pattern=ADDRESS)
    """Public URL of the desk, for tickets and mails; empty: the local one."""
    desk_host: str = "127.0.0.1"
    """Address that the desk listens on."""
    desk_port: int = Field(8800, ge=0, le=65535)
    """Port of the desk."""
    desk_plain_http: bool = False
    """True: allow unencrypted passwords on the network, for a desk_host that is not loopback without https in front of it."""
    trusted_proxies: str = ""
    """Addresses or networks, comma-separated, of the reverse proxies before desk and portal: X-Forwarded-For counts from these only."""
    desk_idle_minutes: int = Field(30, ge=1, le=24 * 60)
    """A session of the desk ends after this time without a request."""
    desk_session_hours: int = Field(10, ge=1, le=7 * 24)
    """A session of the desk ends this long after the log-in, active or not."""
    tile_url: str = Field("", pattern=r"^(https?://[^\s/;,'\"]+/\S*\{z\}\S*)?$")
    """Map tiles under the desk's map, https://tiles.example/{z}/{x}/{y}.png; empty: the gazetteer's streets, no other server is asked."""
    tile_attribution: str = ""
    """What the owner of the tiles wants to be named by, such as "© OpenStreetMap contributors"."""
    operator_password: SecretStr | None = None
    """Password of the page of all towns, 16 bytes or more; empty: only this machine is shown it. docs/how-to/several-towns.md."""
    portal_url: str = Field("", pattern=ADDRESS)
    """Public URL of the portal, for the Open311 discovery file; empty: the local one."""
    portal_host: str = "127.0.0.1"
    """Address that the portal listens on."""
    portal_port: int = Field(8803, ge=0, le=65535)
    """Port of the portal."""
    portal_files: str = ""
    """Folder to which the portal writes its pages and the open data, for a web server in front of it; empty: `home/portal`."""
    portal_open311_keys: str = ""
    """Keys for creating requests by Open311, comma-separated lines of `escucha open311-key`; empty: reading only."""
    api_token: SecretStr | None = None
    """Token of `escucha token make`, for `escucha mcp`."""
    airflow_port: int = Field(8801, ge=0, le=65535)
    """Port of Airflow's page under `make run`."""
    airflow_url: str = Field("", pattern=ADDRESS)
    """Public URL of Airflow, for links of the desk; empty: the local one, on a desk that only this machine reaches."""
    airflow_prefix: str = Field("escucha", pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")
    """Prefix of every DAG id and of the asset of posts. Use one per city where several cities share an Airflow."""
    search_port: int = Field(8802, ge=0, le=65535)
    """Port of the embedded search engine."""
    smtp_url: SecretStr | None = None
    """smtp://user:password@host:port or smtps://...; empty: reports are written, not mailed."""
    mail_from: str = "escucha@localhost"
    """Sender of reports and alarms."""
    alert_to: str = Field("", pattern=MAIL_ADDRESSES)
    """E-mail address to notify when a task fails."""
    alert_webhook: SecretStr | None = None
    """URL that gets a JSON POST when a task fails."""
    heartbeat_url: SecretStr | None = None
    """URL that is called every 5 minutes while the scheduler runs; the monitoring service behind it alerts when the calls stop."""
    airflow_keep_days: int = Field(14, ge=1, le=3650)
    """Days that Airflow's database rows and task logs are kept; `escucha clean` removes older ones daily."""
    example: bool = True
    """False: do not collect the example posts. They are not collected either when a real source is enabled. samples/README.md."""
    threads: int = Field(0, ge=0, le=1000)
    """Threads of the annotator; 0: all cores."""
    reader_device: str = Field("cpu", pattern=r"^(cpu|cuda(:\d+)?|torch:cpu)$")
    """Device of the language model: `cpu`, or a GPU through torch, `cuda` or `cuda:1`: docs/how-to/scale.md."""
    readers: int = Field(1, ge=1, le=1000)
    """Annotation tasks that run in parallel, one process each: docs/how-to/scale.md."""

    def dag_id(self, step: str, *more: str) -> str:
        """Return the id of a DAG in Airflow: `escucha_process`, `escucha_collect_x`.

        >>> Settings(airflow_prefix="escucha").dag_id("collect", "x")
        'escucha_collect_x'
        """
        return "_".join((self.airflow_prefix, step, *more))

    def pool(self, name: str) -> str:
        """Return the name of a pool in Airflow: `escucha_sources`."""
        return f"{self.airflow_prefix}_{name}"

    @property
    def variables(self) -> str:
        """Return how the names of the variables of this city begin."""
        return "ESCUCHA_"

    @property
    def index_prefix(self) -> str:
        """Return how the names of this city's indices begin."""
        return "escucha"

    @property
    def engine_home(self) -> Path:
        """Return the state folder of the embedded search engine and of Airflow."""
        return self.home

    @property
    def ledger(self) -> str:
        """Return the URL of the ledger, by default SQLite under `home`."""
        return self.ledger_url or f"sqlite:///{self.home.resolve() / 'ledger.sqlite'}"

    @property
    def journal(self) -> Path:
        """Return the path of the suppression journal, by default under `home`."""
        return Path(self.suppressions).resolve() if self.suppressions else self.home.resolve() / "suppressions.jsonl"

    def backup_passphrase(self) -> bytes:
        """Return the passphrase of backups.

        Raises:
            ConfigurationError: none is set, or it is too short.
        """
        given, where = (self.backup_key.get_secret_value().encode() if self.backup_key else b""), "ESCUCHA_BACKUP_KEY"
        if not given and self.backup_key_file:
            where = f"ESCUCHA_BACKUP_KEY_FILE: {self.backup_key_file}"
            try:
                given = Path(self.backup_key_file).read_bytes().strip()
            except OSError as error:
                raise ConfigurationError(f"{where}: {error.strerror}") from None
        if not given:
            raise ConfigurationError(
                "backups are encrypted: set ESCUCHA_BACKUP_KEY_FILE to a file made by `openssl rand -hex 32` (or ESCUCHA_BACKUP_KEY), "
                "and keep a copy of it apart from the backups"
            )
        if len(given) < MIN_PASSPHRASE_BYTES:
            raise ConfigurationError(
                f"{where}: the passphrase has {len(given)} bytes; give at least {MIN_PASSPHRASE_BYTES}: openssl rand -hex 32"
            )
        return given

    @property
    def desk_address(self) -> str:
        """Return the desk's public URL without a trailing slash."""
        return (self.desk_url or f"http://127.0.0.1:{self.desk_port}").rstrip("/")

    @property
    def airflow_address(self) -> str:
        """Return Airflow's URL for links of the desk; empty: no links."""
        if self.airflow_url:
            return self.airflow_url.rstrip("/")
        return "" if self.desk_url else f"http://127.0.0.1:{self.airflow_port}"

    @property
    def tile_origin(self) -> str:
        """Return scheme and host of the map tiles; empty without any.

        >>> Settings(tile_url="https://tiles.example/{z}/{x}/{y}.png").tile_origin
        'https://tiles.example'
        """
        return "/".join(self.tile_url.split("/")[:3])

    @property
    def portal_address(self) -> str:
        """Return the portal's public URL without a trailing slash."""
        return (self.portal_url or f"http://127.0.0.1:{self.portal_port}").rstrip("/")

    @property
    def portal_folder(self) -> Path:
        """Return the folder of the portal's files, by default under `home`."""
        return Path(self.portal_files).resolve() if self.portal_files else self.home.resolve() / "portal"

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """Return the networks of the reverse proxies before the desk.

        Raises:
            ConfigurationError: an entry is not an address or network, or is too wide.
        """
        return tuple(_network(one.strip()) for one in self.trusted_proxies.split(",") if one.strip())

    @property
    def has_salt(self) -> bool:
        """Tell whether there is a salt, set or in its file."""
        return self.salt is not None or (self.home / "salt").exists()

    def salt_bytes(self) -> bytes:
        """Return the salt; generate `home/salt` (mode 0600) once if none is set.

        Raises:
            ConfigurationError: shorter than 16 bytes.
        """
        if self.salt is not None:
            return _long_enough(self.salt.get_secret_value().encode(), "ESCUCHA_SALT")
        path = self.home / "salt"
        if not path.exists():
            _make_salt(path)
        return _long_enough(path.read_bytes().strip(), str(path))


def _network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ConfigurationError(
            f"ESCUCHA_TRUSTED_PROXIES: '{text}' is neither an address nor a network (127.0.0.1, 10.1.0.0/16)"
        ) from None
    if network.prefixlen < (8 if network.version == 4 else 16):
        raise ConfigurationError(f"ESCUCHA_TRUSTED_PROXIES: '{text}' is too wide a network; list only your own web servers")
    return network


def _make_salt(path: Path) -> None:
    """Write a new salt atomically: concurrent first starts share one salt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"salt.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: use its salt
    finally:
        draft.unlink()


def _long_enough(salt: bytes, where: str) -> bytes:
    if len(salt) < MIN_SALT_BYTES:
        raise ConfigurationError(f"{where}: the salt has {len(salt)} bytes; give at least {MIN_SALT_BYTES} random ones")
    return salt


def load_settings() -> Settings:
    """Load the settings of this process.

    Raises:
        ConfigurationError: a variable has a value of the wrong type; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(explain(error, "ESCUCHA_")) from None


def explain(error: ValidationError, prefix: str) -> str:
    """Say which variables have a wrong value; their names begin with `prefix`."""
    return "environment: " + "; ".join(f"{prefix}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
