"""Plan and apply a push to Kibana; keep what staff changed.

Made for Kibana 8.19 and 9.x from its documented API; from 9.5 on dashboards go by the Dashboards API. No Kibana could be run where this
was developed (docs/reference/dashboards.md).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from core.config.city import City
from dashboards.kibana import setup
from dashboards.kibana.client import KibanaClient
from dashboards.kibana.dashboards_api.bodies import bodies, left_out
from dashboards.kibana.records import PushRecord, digest
from dashboards.kibana.saved_objects import VERSIONS, saved_objects

Json = dict[str, Any]
What = Literal["create", "update", "same", "changed by staff", "removed by staff"]

DASHBOARDS_API = (9, 5)
"""Version of Kibana from which dashboards are written by the Dashboards API; before, it was a preview of another form."""
API_NOTE = "by the Dashboards API"
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
    note: str = ""
    """How it is written, where there are several ways."""

    @property
    def is_saved_object(self) -> bool:
        """Return whether the object is imported."""
        return self.kind in VERSIONS and self.note != API_NOTE

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
        return f"{self.what}: {self.kind} {self.name}{place}" + (f" ({self.note})" if self.note else "")


class Target(NamedTuple):
    """Hold an object as wanted, and as it is in Kibana."""

    kind: str
    name: str
    space: str
    wanted: Json
    present: Json | None
    note: str = ""
    former: Json | None = None
    """The same object in the form that an earlier version of Kibana gave; None: no other form."""


def plan(
    client: KibanaClient, city: City, record: PushRecord, desk: str, overwrite: bool = False
) -> list[PlannedObject]:
    """Compare Kibana with what we would write, and change nothing.

    An object that differs from what the last push left there was changed by staff, and stays; `overwrite` takes it back.
    """
    steps = []
    for one in _targets(client, city, desk):
        key = f"{one.space}/{one.kind}/{one.name}"
        what = _what(key, one, record, overwrite)
        steps.append(PlannedObject(what, one.kind, one.name, one.space, one.wanted, one.note))
    return steps


def _what(key: str, one: Target, record: PushRecord, overwrite: bool) -> What:
    sent, kept = record.sent(key), record.kept(key)
    if one.present is None:
        return "create" if sent is None or kept is None or overwrite else "removed by staff"
    if sent is not None and kept is None:  # a push was killed while it wrote this object
        return "update"
    if kept not in {digest(form) for form in (one.present, one.former) if form is not None}:
        return "update" if overwrite else "changed by staff"
    return "same" if sent == digest(one.wanted) else "update"


def _targets(client: KibanaClient, city: City, desk: str) -> Iterator[Target]:
    has_api = client.version() >= DASHBOARDS_API
    role = client.find(f"/api/security/role/{setup.ROLE}")
    yield Target("role", setup.ROLE, "", setup.role(city.languages), _only(role, ("elasticsearch", "kibana")))
    for language in city.languages:
        space_id, wanted_space = setup.space_id(language), setup.space(city, language)
        space = client.find(f"/api/spaces/space/{space_id}")
        yield Target("space", space_id, "", wanted_space, _only(space, tuple(wanted_space)))

        def find(path: str, is_there: bool = space is not None, space_id: str = space_id) -> Json | None:
            return client.find(f"/s/{space_id}{path}") if is_there else None

        found = {} if space is None else _present_objects(client, space_id)
        yield from _objects(city, language, desk, found, find if has_api else None)
        for rule_id, rule in setup.rules(city, language).items():
            present = find(f"/api/alerting/rule/{rule_id}")
            yield Target("rule", rule_id, space_id, rule, _only(present, RULE_FIELDS))


def _objects(
    city: City,
    language: str,
    desk: str,
    found: Mapping[tuple[str, str], Json],
    find: Callable[[str], Json | None] | None,
) -> Iterator[Target]:
    """Yield the saved objects and dashboards of a space.

    `find` reads a dashboard by the Dashboards API; None: Kibana has none, and every dashboard is a saved object.
    """
    space_id = setup.space_id(language)
    written, reasons = (bodies(city, language), left_out(city, language)) if find else ({}, {})
    for one in saved_objects(city, language, desk):
        kind, name = one["type"], one["id"]
        if find is not None and kind == "dashboard" and name in written:
            present = _only(find(f"/api/dashboards/{name}"), ("data", "warnings"))
            yield Target(kind, name, space_id, written[name], present, API_NOTE, former=found.get((kind, name)))
        else:
            note = f"as a saved object: {reasons[name]}" if kind == "dashboard" and name in reasons else ""
            yield Target(kind, name, space_id, one, found.get((kind, name)), note)


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
            client.send(
                "POST" if is_new else "PUT", "/api/spaces/space" + ("" if is_new else f"/{step.name}"), step.content
            )
    for space_id in dict.fromkeys(step.space for step in written if step.kind in VERSIONS):
        _write_objects(client, space_id, [one for one in written if one.space == space_id and one.kind in VERSIONS])
    for step in written:
        if step.kind == "role":
            client.send("PUT", f"/api/security/role/{step.name}", step.content)
        elif step.kind == "rule":
            _send_rule(client, step)
    now = {f"{one.space}/{one.kind}/{one.name}": one.present for one in _targets(client, city, desk)}
    record.end(_written(written, now))


def _write_objects(client: KibanaClient, space_id: str, steps: list[PlannedObject]) -> None:
    """Write a space's objects: what dashboards refer to comes first.

    Kibana refuses an import that refers to a missing dashboard, so saved dashboards, which link to all, come last.
    """
    saved = [one.content for one in steps if one.is_saved_object]
    by_api = [one for one in steps if one.note == API_NOTE]
    first = [one for one in saved if not by_api or one["type"] != "dashboard"]
    if first:
        client.import_objects(space_id, first)
    for one in by_api:
        client.send("PUT", f"/s/{space_id}/api/dashboards/{one.name}", one.content)
    if last := [one for one in saved if one not in first]:
        client.import_objects(space_id, last)


def _written(steps: list[PlannedObject], now: Mapping[str, Json | None]) -> dict[str, tuple[str, str]]:
    found = {step.key: (digest(step.content), now.get(step.key)) for step in steps}
    return {key: (sent, digest(present)) for key, (sent, present) in found.items() if present is not None}


def _send_rule(client: KibanaClient, step: PlannedObject) -> None:
    path = f"/s/{step.space}/api/alerting/rule/{step.name}"
    if step.what == "create":
        client.send("POST", path, step.content)
    else:
        client.send("PUT", path, {name: step.content[name] for name in UPDATED_RULE_FIELDS})


def push(
    client: KibanaClient, city: City, home: Path, desk: str, overwrite: bool = False, dry_run: bool = False
) -> list[PlannedObject]:
    """Plan and, unless `dry_run`, apply; return the plan.

    Errors are those of `KibanaClient.find`.
    """
    record = PushRecord(home, client.url)
    steps = plan(client, city, record, desk, overwrite)
    if not dry_run:
        apply(client, city, record, steps, desk)
    return steps
