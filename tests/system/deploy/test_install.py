"""`make` and the making of the environment: every task explained, every package pinned, one clear sentence when something misses."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOO_OLD = '#!/bin/sh\n[ "$1" != --version ] || { echo Python 3.9.2; exit 0; }\nexit 1\n'
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac\n'
GOOD = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
SMALL_DISK = "#!/bin/sh\necho Filesystem 1024-blocks Used Available\necho /dev/x 9000000 8000000 1000000 90% /\n"


def make_venv(folder: Path, **programs: str) -> tuple[int, str]:
    """Run deploy/make-venv in a folder where these programs stand for the machine's own."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name, text in programs.items():
        (bin_folder / name).write_text(text)
        (bin_folder / name).chmod(0o755)
    for tool in ("sh", "cat", "awk", "df", "env"):
        if not (bin_folder / tool).exists():
            (bin_folder / tool).symlink_to(str(shutil.which(tool)))
    done = subprocess.run(
        [str(ROOT / "deploy" / "make-venv")], cwd=folder, env={"PATH": str(bin_folder)}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_a_wrong_python_is_told_in_one_sentence(tmp_path: Path) -> None:
    code, said = make_venv(tmp_path, python3=TOO_OLD)
    assert code == 2
    assert said.startswith("make install: needs Python 3.11, 3.12 or 3.13 and found Python 3.9.2; install one")
    assert said.count("\n") == 1


def test_a_missing_venv_module_is_told_in_one_sentence(tmp_path: Path) -> None:
    code, said = make_venv(tmp_path, python3=WITHOUT_VENV)
    assert code == 2
    assert said.endswith("as root: apt-get install python3-venv\n")
    assert said.count("\n") == 1


def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    code, said = make_venv(tmp_path, python3=GOOD, df=SMALL_DISK)
    assert code == 2
    assert said == (f"make install: needs 3,000 MB free in {tmp_path} and there are 976 MB; make room, or clone to a larger disk\n")


def test_a_good_environment_is_kept_and_costs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("python", "uv"):
        (folder / name).write_text(GOOD)
        (folder / name).chmod(0o755)
    (tmp_path / ".venv" / "made-in").write_text(f"{tmp_path}\n")
    assert make_venv(tmp_path, python3=TOO_OLD) == (0, "")


def test_an_environment_of_a_folder_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "made-in").write_text("/somewhere/else\n")
    code, said = make_venv(tmp_path, python3=TOO_OLD)
    assert (code, said[:13]) == (2, "make install:")


def test_make_alone_explains_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    shown = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE)) == targets
    assert {"install", "run", "test", "check", "bench", "fault", "lock", "help", "backup", "restore"} <= targets


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-servers.txt"])
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.findall(r"^[A-Za-z0-9][^\n]*(?:\n    [^\n]*)*", text, re.MULTILINE)
    assert len(packages) > 20
    assert [one.split("\n")[0] for one in packages if "==" not in one or "--hash=sha256:" not in one] == []


def test_what_a_server_adds_is_not_in_every_install_and_changes_no_version() -> None:
    base, servers = (
        dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / name).read_text(), re.M))
        for name in ("requirements.txt", "requirements-servers.txt")
    )
    added = {"celery", "apache-airflow-providers-celery", "apache-airflow-providers-fab", "apache-airflow-providers-postgres", "flask"}
    assert added <= servers.keys() - base.keys()
    assert {name for name in servers.keys() & base.keys() if servers[name] != base[name]} == set()


def test_every_module_make_calls_is_there() -> None:
    text = (ROOT / "Makefile").read_text()
    modules = set(re.findall(r"\$\(BIN\)/python -m ([a-z_.]+)", text)) - {"pytest", "pip"}
    paths = {module: ROOT / module.replace(".", os.sep) for module in modules}
    missing = [m for m, path in paths.items() if not path.with_suffix(".py").exists() and not (path / "__main__.py").exists()]
    assert sorted(missing) == []
