"""`make backup` and `make restore`: ledger and salt in one file, which is as secret as the salt itself."""

import json
import logging
import sys
import tarfile
import tempfile
from pathlib import Path

from core.errors import ConfigurationError, EscuchaError
from core.seal import salt_check
from core.settings import Settings, load_settings
from escucha import leftovers
from escucha.house import now
from ledger import indexing, keeping
from ledger.open import open_ledger

log = logging.getLogger("escucha")
INSIDE = ("backup.json", "ledger", "salt")


def backup(settings: Settings, file: Path) -> None:
    """Write the backup, readable by its owner only; an old file of that name is replaced when the new one is whole."""
    salt = settings.salt_bytes()
    with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        folder = Path(scratch)
        kind = keeping.copy_to(settings.ledger, folder / "ledger")
        (folder / "salt").write_bytes(salt)
        (folder / "backup.json").write_text(
            json.dumps({"kind": kind, "made_at": now().isoformat(), "salt_check": salt_check(salt)})
        )
        draft = folder / "draft"
        with tarfile.open(draft, "w:gz") as tar:
            for name in INSIDE:
                tar.add(folder / name, arcname=name)
        draft.chmod(0o600)
        draft.replace(file)
    log.info(
        "backup: ledger and salt are in %s (%s bytes); keep it as secret as the salt", file, f"{file.stat().st_size:,}"
    )


def restore(settings: Settings, file: Path) -> None:
    """Put ledger and salt back; the search engine is filled again at the next pass.

    Raises:
        ConfigurationError: something of this home runs, another salt is in force, or the file is no backup.
    """
    if leftovers.marked(settings.home) or any((settings.home / "run").glob("part-*.json")):
        raise ConfigurationError(f"something of {settings.home} is running: stop `make run` first")
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.home) as scratch:
        folder = Path(scratch)
        about = _unpack(file, folder)
        salt = (folder / "salt").read_bytes()
        _put_salt_back(settings, salt)
        keeping.put_back(settings.ledger, folder / "ledger", about["kind"])
    ledger = open_ledger(settings.ledger, salt)
    indexing.bump_generation(ledger, now())
    ledger.close()
    log.info(
        "restore: the ledger of %s is in force; `make run` or `escucha index` fills the search engine again",
        about["made_at"],
    )


def _unpack(file: Path, folder: Path) -> dict[str, str]:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data", members=[tar.getmember(name) for name in INSIDE])
        about: dict[str, str] = json.loads((folder / "backup.json").read_text())
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file") from None
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise ConfigurationError(f"{file}: this is no backup of Escucha, or it is damaged: {error}") from None
    return about


def _put_salt_back(settings: Settings, salt: bytes) -> None:
    path = settings.home / "salt"
    in_force = (
        settings.salt.get_secret_value().encode()
        if settings.salt is not None
        else path.read_bytes()
        if path.exists()
        else None
    )
    if in_force is not None and salt_check(in_force.strip()) != salt_check(salt):
        raise ConfigurationError(
            f"another salt is in force ({'ESCUCHA_SALT' if settings.salt else path}): it belongs to another ledger; "
            "restore into an empty ESCUCHA_HOME, or set the salt of the backup"
        )
    if in_force is None:
        path.touch(mode=0o600)
        path.write_bytes(salt)


def main() -> int:
    """`python -m escucha.keep backup|restore FILE`."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    if len(sys.argv) != 3 or sys.argv[1] not in ("backup", "restore") or not sys.argv[2]:
        log.error("say where: make backup FILE=/safe/place/escucha.tar.gz   (or make restore FILE=...)")
        return 2
    act = backup if sys.argv[1] == "backup" else restore
    try:
        act(load_settings(), Path(sys.argv[2]).resolve())
    except EscuchaError as error:
        log.error("%s: %s", sys.argv[1], error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
