"""Start snac, a real server of the fediverse, with two accounts."""

import json
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.deployment import ROOT
from tests.system.collectors.test_collectors_mastodon_snac import Snac, _patiently_signed_in

COUNCIL = "ayto"


@dataclass
class Town:
    """Hold a server, on which `citizen` signs in as ana."""

    citizen: Snac
    council_token: str

    @property
    def url(self) -> str:
        return self.citizen.url

    @property
    def council_handle(self) -> str:
        return f"@{COUNCIL}@{self.url.removeprefix('http://')}"

    def say(self, texts: Sequence[str]) -> list[str]:
        """Publish these as the citizen, whom the council does not follow.

        Returns their addresses.
        """
        return [str(status["uri"]) for status in self.citizen.say(*texts)]

    def say_as_neighbours(self, texts: Sequence[str]) -> list[str]:
        """Publish each text from a different account; return their addresses."""
        folder, uris = self.citizen.folder, []
        for number, text in enumerate(texts):
            name = f"vecina{number}"
            commands: list[list[str | Path]] = [["adduser", folder, name], ["note", folder, name, text]]
            for command in commands:
                subprocess.run(["snac", *command], check=True, stdin=subprocess.DEVNULL, capture_output=True)
            [uri] = [note["id"] for note in self._notes(name)]
            uris.append(str(uri))
        return uris

    def answers(self) -> Counter[tuple[str, str]]:
        """Count the council's answers by post and text.

        They are read in the files of the server itself. snac leaves bytes that are no text behind some public keys.
        """
        return Counter((one["inReplyTo"], without_mention(one["sourceContent"])) for one in self._notes(COUNCIL))

    def _notes(self, name: str) -> list[dict[str, Any]]:
        """List what an account published."""
        files = (self.citizen.folder / "object").glob("*/*.json")
        found = [json.loads(file.read_text(errors="replace")) for file in files]
        return [one for one in found if one["type"] == "Note" and one["attributedTo"] == f"{self.url}/{name}"]


def without_mention(text: str) -> str:
    """Return an answer's text without the name of whom it answers."""
    return re.sub(r"^@\S+ ", "", text)


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Run a server with its data in a new folder."""
    started = subprocess.run([ROOT / ".ci" / "snac", folder], check=True, capture_output=True, text=True)
    url, user, password, pid = started.stdout.split()
    try:
        citizen = Snac(url, folder, _patiently_signed_in(url, user, password))
        yield Town(citizen, _patiently_signed_in(url, COUNCIL, _register(folder)))
    finally:
        os.kill(int(pid), signal.SIGTERM)


def _register(folder: Path) -> str:
    """Add the council's account; return its password."""
    how = {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "stdout": subprocess.PIPE, "text": True}
    subprocess.run(["snac", "adduser", folder, COUNCIL], check=True, **how)  # type: ignore[call-overload]
    done = subprocess.run(["snac", "resetpwd", folder, COUNCIL], check=True, **how)  # type: ignore[call-overload]
    found = re.search(r" is (\S+)", done.stdout)
    assert found is not None, done.stdout
    return found[1]
