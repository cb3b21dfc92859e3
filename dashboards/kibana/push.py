"""Plan and apply a push to Kibana; keep what staff changed.

Made for Kibana 8.19 and 9.x from its documented API; no Kibana could be run where this was developed (docs/reference/dashboards.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from core.config.city import City
from dashboards.kibana import setup
from dashboards.kibana.client import KibanaClient
from dashboards.kibana.records import PushRecord, digest
from dashboards.kibana.saved_objects import VERSIONS, saved_objects

Json = dict[str, Any]
What = Literal["create", "update", "same", "changed by staff", "removed by staff"]

RULE_FIELDS = ("name", "consumer", "schedule", "params", "actions", "tags")
"""Fields of a rule that hold its content; the others are Kibana's own."""
UPDATED_RULE_FIELDS = ("name", "schedule", "params", "actions", "tags")
"""Fields that an update takes."""


@dataclass(frozen=True)
class PlannedObject:
    """Hold one object of the plan."""

    what: What
    kind: str
    name: str
    space: str
    """Empty: outside any space."""
    content: Json

    @property
    def key(self) -> str:
        """Return the key of the object in the record."""
        return f"{self.space}/{self.kind}/{self.name}"

    @property
    def writes(self) -> bool:
        """Return whether applying the step changes Kibana."""
        return self.what in ("create", "update")

    def __str__(self) -> str:
        place = f" in {self.space}" if self.space else ""
        return f"{self.what}: {self.kind} {self.name}{place}"


class Target(NamedTuple):
    """Hold an object as wanted, and as it is in Kibana."""

    kind: str
    name: str
    space: str
    wanted: Json
    present: Json | None


def plan(client: KibanaClient, city: City, record: PushRecord, desk: str, overwrite: bool = False) -> list[PlannedObject]:
    """Compare Kibana with what we would write, and change nothing.

    An object that differs from what the last push left there was changed by staff, and stays; `overwrite` takes it back.
    """
    steps = []
    for one in _targets(client, city, desk):
        key = f"{one.space}/{one.kind}/{one.name}"
        what = _what(key, one, record, overwrite)
        steps.append(PlannedObject(what, one.kind, one.name, one.space, one.wanted))
    return steps


def _what(key: str, one: Target, record: PushRecord, overwrite: bool) -> What:
    sent, kept = record.sent(key), record.kept(key)
    if one.present is None:
        return "create" if sent is None or kept is None or overwrite else "removed by staff"
    if sent is not None and kept is None:  # a push was killed while it wrote this object
        return "update"
    if kept != digest(one.present):
        return "update" if overwrite else "changed by staff"
    return "same" if sent == digest(one.wanted) else "update"


def _targets(client: KibanaClient, city: City, desk: str) -> Iterator[Target]:
    role = client.find(f"/api/security/role/{setup.ROLE}")
    yield Target("role", setup.ROLE, "", setup.role(city.languages), _only(role, ("elasticsearch", "kibana")))
    for language in city.languages:
        space_id, wanted_space = setup.space_id(language), setup.space(city, language)
        space = client.find(f"/api/spaces/space/{space_id}")
        yield Target("space", space_id, "", wanted_space, _only(space, tuple(wanted_space)))

        found = {} if space is None else _present_objects(client, space_id)
        for one in saved_objects(city, language, desk):
            kind, name = one["type"], one["id"]
            yield Target(kind, name, space_id, one, found.get((kind, name)))
        for rule_id, rule in setup.rules(city, language).items():
            present = None if space is None else client.find(f"/s/{space_id}/api/alerting/rule/{rule_id}")
            yield Target("rule", rule_id, space_id, rule, _only(present, RULE_FIELDS))


def _only(found: Json | None, names: tuple[str, ...]) -> Json | None:
    return None if found is None else {name: found.get(name) for name in names}


def _present_objects(client: KibanaClient, space_id: str) -> dict[tuple[str, str], Json]:
    found = client.saved_objects(space_id, tuple(VERSIONS))
    return {(one["type"], one["id"]): one for one in found if "type" in one and "id" in one}


def apply(client: KibanaClient, city: City, record: PushRecord, steps: list[PlannedObject], desk: str) -> None:
    """Write the plan's new and changed objects, then record the result.

    It may be killed at any moment and run again: an object that was about to be written is written again.
    """
    written = [step for step in steps if step.writes]
    if not written:
        return
    record.begin({step.key: digest(step.content) for step in written})
    for step in written:
        if step.kind == "space":
            is_new = step.what == "create"
            client.send("POST" if is_new else "PUT", "/api/spaces/space" + ("" if is_new else f"/{step.name}"), step.content)
    for space_id in dict.fromkeys(step.space for step in written if step.kind in VERSIONS):
        objects = [one.content for one in written if one.space == space_id and one.kind in VERSIONS]
        client.import_objects(space_id, objects)
    for step in written:
        if step.kind == "role":
            client.send("PUT", f"/api/security/role/{step.name}", step.content)
        elif step.kind == "rule":
            _send_rule(client, step)
    now = {f"{one.space}/{one.kind}/{one.name}": one.present for one in _targets(client, city, desk)}
    record.end(_written(written, now))


def _written(steps: list[PlannedObject], now: Mapping[str, Json | None]) -> dict[str, tuple[str, str]]:
    found = {step.key: (digest(step.content), now.get(step.key)) for step in steps}
    return {key: (sent, digest(present)) for key, (sent, present) in found.items() if present is not None}


def _send_rule(client: KibanaClient, step: PlannedObject) -> None:
    path = f"/s/{step.space}/api/alerting/rule/{step.name}"
    if step.what == "create":
        client.send("POST", path, step.content)
    else:
        client.send("PUT", path, {name: step.content[name] for name in UPDATED_RULE_FIELDS})


def push(client: KibanaClient, city: City, home: Path, desk: str, overwrite: bool = False, dry_run: bool = False) -> list[PlannedObject]:
    """Plan and, unless `dry_run`, apply; return the plan.

    Errors are those of `KibanaClient.find`.
    """
    record = PushRecord(home, client.url)
    steps = plan(client, city, record, desk, overwrite)
    if not dry_run:
        apply(client, city, record, steps, desk)
    return steps
