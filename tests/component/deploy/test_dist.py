"""`make dist`: an archive without history that has all that a clone runs with."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.version import VERSION

ROOT = Path(__file__).resolve().parents[3]
NAME = f"escucha-{VERSION}"
POST = {"text": "La farola de la plaza de Lavapiés lleva un mes fundida, no se ve nada por la noche."}

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="an archive is made from a git checkout, and this is none"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the archive of the committed tree, and the same unpacked."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run([ROOT / "deploy" / "dist", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"written: {folder}/{NAME}.tar.gz (" in done.stderr
    subprocess.run(["tar", "xzf", f"{NAME}.tar.gz"], cwd=folder, check=True)
    return folder


def test_it_has_every_file_of_the_commit_and_no_history(made: Path) -> None:
    tracked = subprocess.run(["git", "ls-tree", "-rz", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = {str(path.relative_to(made / NAME)) for path in (made / NAME).rglob("*") if not path.is_dir()}
    assert files == set(tracked.rstrip("\0").split("\0"))
    assert sorted(path.name for path in made.iterdir()) == [NAME, f"{NAME}.tar.gz", f"{NAME}.tar.gz.sha256"]


@pytest.mark.slow
def test_the_checksum_beside_it_is_its_own_and_a_second_one_of_the_commit_has_the_same_bytes(made: Path, tmp_path: Path) -> None:
    content = (made / f"{NAME}.tar.gz").read_bytes()
    assert (made / f"{NAME}.tar.gz.sha256").read_text() == f"{hashlib.sha256(content).hexdigest()}  {NAME}.tar.gz\n"
    subprocess.run([ROOT / "deploy" / "dist", tmp_path], cwd=ROOT, capture_output=True, check=True)
    assert (tmp_path / f"{NAME}.tar.gz").read_bytes() == content


def test_make_run_there_would_make_the_environment_and_start(made: Path) -> None:
    said = subprocess.run(["make", "--no-print-directory", "-n", "run"], cwd=made / NAME, capture_output=True, text=True, check=True).stdout
    (script,) = re.findall(r"^(deploy/\S+)", said, re.MULTILINE)
    assert os.access(made / NAME / script, os.X_OK)
    assert "--require-hashes -r requirements.txt" in said
    assert said.rstrip().endswith(".venv/bin/escucha up")


@pytest.mark.slow
def test_its_own_code_and_weights_read_a_post_and_its_own_sample_is_the_source(made: Path, tmp_path: Path) -> None:
    """Nothing comes from the checkout: code, model, gazetteer and profile lie in the archive."""
    env = {"PATH": os.environ["PATH"], "ESCUCHA_HOME": str(tmp_path / "home"), "PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1"}

    def run(*arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=made / NAME, env=env, input=text, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = "import core, nlp, escucha; print(*sorted({one.__file__.rsplit('/', 2)[0] for one in (core, nlp, escucha)}))"
    assert run("-c", where).split() == [str(made / NAME)]
    label = json.loads(run("-m", "escucha", "label", text=json.dumps(POST) + "\n"))
    assert (label["topic"], label["language"]) == ("street_lighting", "es")
    assert "and reads: archive, example-x, " in run("-m", "escucha", "status")


def test_the_readme_says_how_large_it_and_a_clone_of_depth_1_are(made: Path) -> None:
    """Within a tenth: a clone without history fetches what the archive holds, as git packs it."""
    size = (made / f"{NAME}.tar.gz").stat().st_size / 1e6
    for page in ("README.md", "README.es.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        (packed,) = re.findall(r"`make dist`[^\n]*?\((\d+) MB\)", text)
        (cloned,) = re.findall(r"`git clone --depth 1` \w+ (\d+) MB", text)
        assert abs(int(packed) - size) < size / 10, page
        assert abs(int(cloned) - size) < size / 10, page
