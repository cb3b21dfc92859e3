"""Answer as Kibana's documented HTTP API does: spaces, roles, saved objects and alerting rules.

It is no Kibana: it holds objects and enforces the parts of the contract that a push relies on (the `kbn-xsrf` header, references that
exist, bodies of rules without unknown keys, no space twice). Like Kibana it adds keys and migrates what it imports.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
RULE_CREATE = {"name", "rule_type_id", "consumer", "schedule", "params", "actions", "tags", "enabled"}
RULE_UPDATE = {"name", "schedule", "params", "actions", "tags"}
SPACE = {"id", "name", "description", "initials", "color", "disabledFeatures", "imageUrl", "solution"}
ROLE = {"elasticsearch", "kibana", "metadata", "description"}


class Stub(ThreadingHTTPServer):
    """Hold the state of one Kibana, and the fault it has now."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spaces: dict[str, Json] = {}
        self.roles: dict[str, Json] = {}
        self.objects: dict[str, dict[tuple[str, str], Json]] = {}
        self.rules: dict[tuple[str, str], Json] = {}
        self.writes: list[str] = []
        self.logins: list[str | None] = []
        self.clock = 0
        self.fault = ""
        self.fault_at = ""
        """Part of the path that the fault is limited to."""
        self.fails_after: int | None = None
        """Number of writes after which the connection drops; None: never."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/base"

    def import_objects(self, space: str, objects: list[Json]) -> Json:
        known = {(one["type"], one["id"]) for one in objects} | set(self.objects.setdefault(space, {}))
        errors = [
            {"type": one["type"], "id": one["id"], "error": {"type": "missing_references"}}
            for one in objects
            if any((ref["type"], ref["id"]) not in known for ref in one["references"])
        ]
        if errors:
            return {"success": False, "successCount": len(objects) - len(errors), "errors": errors}
        for one in objects:
            self.clock += 1
            attributes = {**one["attributes"], **({"version": 3} if one["type"] == "dashboard" else {})}
            stored = {**one, "attributes": attributes, "updated_at": f"t{self.clock}", "version": f"v{self.clock}"}
            self.objects[space][one["type"], one["id"]] = stored
        return {"success": True, "successCount": len(objects)}


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def _handle(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        self.server.logins.append(self.headers.get("authorization"))
        if self.server.fault and self.server.fault_at in self.path:
            FAULTS[self.server.fault](self)
            return
        path = self.path.removeprefix("/base")
        is_write = self.command != "GET" and "_export" not in path
        if is_write and self.server.fails_after is not None and len(self.server.writes) >= self.server.fails_after:
            self.close_connection = True
            self.connection.close()
            return
        if self.command != "GET" and self.headers.get("kbn-xsrf") is None:
            self._answer(400, {"message": "Request must contain a kbn-xsrf header."})
            return
        if is_write:
            self.server.writes.append(f"{self.command} {path}")
        self._route(path, body)

    do_GET = do_POST = do_PUT = _handle  # noqa: N815

    def _route(self, path: str, body: bytes) -> None:
        if found := re.fullmatch(r"/api/spaces/space(?:/([\w-]+))?", path):
            self._space(found.group(1), body)
        elif found := re.fullmatch(r"/api/security/role/([\w-]+)", path):
            self._role(found.group(1), body)
        elif found := re.fullmatch(r"/s/([\w-]+)(/api/.+)", path):
            space, rest = found.groups()
            if space not in self.server.spaces:
                self._answer(404, {"message": "Not Found"})
            elif rest == "/api/saved_objects/_export":
                self._export(space, json.loads(body))
            elif rest == "/api/saved_objects/_import?overwrite=true":
                self._answer(200, self.server.import_objects(space, list(self._uploaded(body))))
            elif rule := re.fullmatch(r"/api/alerting/rule/([\w-]+)", rest):
                self._rule(space, rule.group(1), body)
            else:
                self._answer(404, {"message": "Not Found"})
        else:
            self._answer(404, {"message": "Not Found"})

    def _space(self, name: str | None, body: bytes) -> None:
        spaces = self.server.spaces
        if self.command == "GET":
            self._answer(200, spaces[name]) if name in spaces else self._answer(404, {"message": "Not Found"})
            return
        content = json.loads(body)
        if unknown := set(content) - SPACE:
            self._answer(400, {"message": f"definition for this key is missing: {sorted(unknown)}"})
        elif self.command == "POST" and content["id"] in spaces:
            self._answer(409, {"message": f"A space with the identifier {content['id']} already exists."})
        else:
            spaces[content["id"]] = content
            self._answer(200, content)

    def _role(self, name: str, body: bytes) -> None:
        roles = self.server.roles
        if self.command == "GET":
            self._answer(200, {"name": name, **roles[name]}) if name in roles else self._answer(404, {})
            return
        content = json.loads(body)
        if unknown := set(content) - ROLE:
            self._answer(400, {"message": f"definition for this key is missing: {sorted(unknown)}"})
            return
        roles[name] = {"metadata": {}, "transient_metadata": {"enabled": True}, "_transform_error": [], **content}
        self._answer(204, None)

    def _rule(self, space: str, name: str, body: bytes) -> None:
        rules, key = self.server.rules, (space, name)
        if self.command == "GET":
            self._answer(200, rules[key]) if key in rules else self._answer(404, {"message": "Not found"})
            return
        content = json.loads(body)
        if unknown := set(content) - (RULE_CREATE if self.command == "POST" else RULE_UPDATE):
            self._answer(400, {"message": f"[request body.{sorted(unknown)[0]}]: definition for this key is missing"})
        elif (self.command == "POST") == (key in rules):
            self._answer(409 if key in rules else 404, {"message": "conflict"})
        else:
            rules[key] = {"id": name, "execution_status": {"status": "pending"}, **rules.get(key, {}), **content}
            self._answer(200, rules[key])

    def _export(self, space: str, wanted: Json) -> None:
        found = [one for (kind, _id), one in self.server.objects.get(space, {}).items() if kind in wanted["type"]]
        lines = "\n".join(json.dumps(one) for one in found)
        self._send(200, lines.encode(), "application/ndjson")

    def _uploaded(self, body: bytes) -> Iterator[Json]:
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        for part in BytesParser().parsebytes(head + body).walk():
            if part.get_filename():
                yield from (json.loads(line) for line in part.get_payload(decode=True).splitlines())  # type: ignore[union-attr]

    def _answer(self, status: int, content: Json | None) -> None:
        self._send(status, b"" if content is None else json.dumps(content).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _drop(one: Handler) -> None:
    one.close_connection = True
    one.connection.close()


def _drip(one: Handler) -> None:
    one.send_response(200)
    one.send_header("content-length", "1000")
    one.end_headers()
    for _ in range(1000):
        try:
            one.wfile.write(b" ")
            one.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


FAULTS: dict[str, Callable[[Handler], None]] = {
    "refuse": lambda one: one._answer(403, {"message": "Forbidden"}),
    "busy": lambda one: one._send(503, b"Kibana server is not ready yet", "text/plain"),
    "drop": _drop,
    "drip": _drip,
    "hang": lambda _one: time.sleep(3),
    "garbage": lambda one: one._send(200, b"<html>\xff\x00", "text/html"),
    "no object": lambda one: one._send(200, b"[1]", "application/json"),
    "broken": lambda one: one._answer(500, {"message": "An internal server error occurred."}),
}

HANGING = ("drip", "hang")
"""Faults that only the client's time limit ends."""


@contextmanager
def running() -> Iterator[Stub]:
    """Serve a Kibana without anything in it."""
    with Stub() as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield one
        finally:
            one.shutdown()
            thread.join()
