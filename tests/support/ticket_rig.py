"""Define the rig of a contact-centre system.

A rig holds a server, and what staff see and do there; the common tests run on all of them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any, Literal

from core.config import plugins
from core.records.case import ExternalStatus
from core.records.post import Post
from tests.support.contact_centre_facts import DESK, ROOT, a_case, a_city, a_post
from tests.support.stubs.between import Between, Trick
from tests.support.stubs.server import Reply, Request

CITY = a_city(departments=a_city().departments[1:])
CHILD = """
import json, sys
from tests.support import ticket_rig
print(ticket_rig.work(json.loads(sys.argv[1])))
"""


@dataclass
class Rig:
    """Describe a system under test; subclasses add what staff see."""

    name: str
    module: ModuleType
    table: dict[str, Any]
    """`[contact_centre.options]`."""
    environment: dict[str, str]
    can_merge: bool = True
    """Whether staff can merge tickets there, and we the second ticket of a race."""
    can_reopen: bool = True
    race: Literal["merged", "refused", "waits"] = "merged"
    """What becomes of the second of two workers without a lease: its ticket is merged, refused by name, or never made."""
    speaks_json: bool = True
    error_body: bytes = b'{"error": "quota used up"}'
    """An error under status 200."""
    can_remove: bool = True
    """Whether staff can remove a ticket there so that it is gone."""
    queues: tuple[str, str] = ("", "")
    """The one of the options, and another one; empty: a ticket cannot be moved there."""
    point: str = ""
    """Prefix of its failpoints; empty: its name."""
    nothing_yet: tuple[bytes, ...] = ()
    """Bodies of the answers before the case is posted, when the server has no ticket of it."""
    wrong: tuple[tuple[dict[str, Any], str], ...] = ()
    """Options that name something the server lacks, and what the check says of each."""

    def options(self, **changes: Any) -> Any:
        return self.module.Options.model_validate({**self.table, **changes})

    def secrets(self) -> Any:
        return self.module.Secrets() if hasattr(self.module, "Secrets") else None

    def open(self, key: str, posts: Sequence[Post] | None = None, case: dict[str, Any] | None = None, **changes: Any) -> str:
        made = a_case(key, **{"system": self.name, **(case or {})})
        reference: str = self.module.open_case(
            CITY, self.options(**changes), self.secrets(), made, [a_post()] if posts is None else posts, DESK
        )
        return reference

    def append(self, reference: str, key: str, note: str, posts: Sequence[Post] | None = None, **changes: Any) -> None:
        case = a_case(key, system=self.name)
        self.module.append(CITY, self.options(**changes), self.secrets(), reference, case, [a_post(2)] if posts is None else posts, note)

    def state(self, *references: str, since: datetime | None = None) -> dict[str, ExternalStatus]:
        found: dict[str, ExternalStatus] = self.module.state(CITY, self.options(), self.secrets(), references, since)
        return found

    def check(self, **changes: Any) -> str:
        said: str = self.module.check(CITY, self.options(**changes), self.secrets())
        return said

    @contextmanager
    def through(self, trick: Trick | None, before: Any = None) -> Iterator[tuple[dict[str, Any], Between]]:
        """Give options that lead through a proxy that falsifies answers."""
        with Between(self.table["url"].split("/open311")[0], trick, before) as between:
            real = self.table["url"]
            yield {"url": between.url + real.removeprefix(real.split("/open311")[0])}, between

    @contextmanager
    def losing_answers(self) -> Iterator[dict[str, Any]]:
        """Give options of a server that accepts, and whose answers are lost."""

        def lose(request: Request, reply: Reply) -> Reply:
            return Reply(cut=True) if request.method == "POST" else reply

        with self.through(lose) as (changes, _):
            yield changes

    def child(self, fault: str, **what: Any) -> int:
        """Run one call in a child process that dies at `fault`.

        Returns its exit status.
        """
        facts = {"system": self.name, "table": self.table, **what}
        environment = {**os.environ, **self.environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "ESCUCHA_FAULT_AT": fault}
        command = [sys.executable, "-c", CHILD, json.dumps(facts)]
        return subprocess.run(command, env=environment, cwd=ROOT, check=False, stdout=subprocess.DEVNULL).returncode

    # what staff see and do, on the server

    def tickets(self, key: str) -> list[str]:
        """List the tickets of this case, without merged ones."""
        raise NotImplementedError

    def notes(self, reference: str) -> list[str]:
        """List the keys of our notes in this ticket, in order."""
        raise NotImplementedError

    def close_ticket(self, reference: str) -> None:
        raise NotImplementedError

    def queue(self, reference: str) -> str:
        """Return the queue that a ticket is in, where the system has queues."""
        raise NotImplementedError

    def merge(self, reference: str, into: str) -> None:
        raise NotImplementedError

    def text(self, reference: str) -> str:
        """Return the subject and the text of a ticket."""
        raise NotImplementedError

    def remove(self, reference: str) -> None:
        raise NotImplementedError

    def change(self, reference: str) -> bool:
        """Change, as a colleague, something that is not ours; return True."""
        raise NotImplementedError

    def is_changed(self, reference: str) -> bool:
        """Check that the colleague's change is still there."""
        raise NotImplementedError

    def wrong_login(self, name: str) -> str:
        """Return a value of this variable that the server refuses."""
        return "wrong"

    @contextmanager
    def filters_ignored(self) -> Iterator[dict[str, Any]]:
        """Give options of a server that returns every ticket."""
        raise NotImplementedError
        yield {}


def work(facts: dict[str, Any]) -> str:
    """Make one call of a part, in a child process."""
    module = rig_module(facts["system"])
    options, secrets = module.Options.model_validate(facts["table"]), module.Secrets()
    case = a_case(facts["key"], system=facts["system"])
    if "reference" in facts:
        module.append(CITY, options, secrets, facts["reference"], case, [a_post(2)], facts["note"])
        return str(facts["reference"])
    return str(module.open_case(CITY, options, secrets, case, [a_post()], DESK))


def rig_module(name: str) -> ModuleType:
    return plugins.load_plugin("contact_centre", name, "test")
