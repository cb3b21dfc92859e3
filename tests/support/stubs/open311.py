"""Serve GeoReport v2 on loopback, after the published standard.

JSON and XML, ids, tokens, errors, and the quirks of real servers.
"""

import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree.ElementTree import Element, SubElement, tostring

from tests.support.stubs.server import Reply, Request, Stub

KEY = "geo-key-1"
KNOWN = "api_key jurisdiction_id service_code lat long address_string address_id description email device_id account_id".split()
UPDATE = "api_key jurisdiction_id service_request_id update_id updated_datetime status description email".split()
SERVICES: list[dict[str, Any]] = [
    {"service_code": "001", "service_name": "Limpieza", "metadata": "false", "type": "realtime", "group": ""},
    {"service_code": "006", "service_name": "Alumbrado", "metadata": True, "type": "realtime"},
    {"service_code": "18014", "service_name": "Parques", "metadata": False, "type": "blackbox"},
]
ATTRIBUTES = [
    {"variable": "true", "code": "FAROLA", "datatype": "string", "required": "true", "order": 1, "description": "Número"},
    {"variable": False, "code": "AYUDA", "datatype": "string", "required": True, "order": 2, "description": "Léeme"},
]


class GeoReport(Stub):
    """Serve as a council's server; each attribute below is one quirk.

    Tests set it before they call.
    """

    def __init__(self, form: str = "json") -> None:
        super().__init__()
        self.form = form
        self.lock = threading.Lock()
        self.rows: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.tokens: dict[str, tuple[int, int]] = {}
        self.cap = 1000
        """The most rows of one answer."""
        self.polls = 0
        """How often a token has to be asked for; 0: the id comes at once."""
        self.unknown_status = 404
        """What an unknown id is answered with; some servers say 500."""
        self.key_status = 403
        """What a wrong key is answered with; some servers say 400."""
        self.shows_descriptions = True
        self.gives_id = True
        self.pages = False
        """Whether it takes `rows` and `start`, as Zaragoza's."""
        self.ignores_filters = False
        self.ignored: frozenset[str] = frozenset()
        """Filters that change nothing."""
        self.whole_days = False
        """Whether a date stands for its whole day."""

    def answer(self, request: Request) -> Reply:
        path, _, form = request.path.rpartition("/v2/")[2].rpartition(".")
        if form != self.form:
            return Reply(b"no such format", 404, {"Content-Type": "text/plain"})
        parts = [unquote(part) for part in path.split("/")]
        with self.lock:
            return self.route(request, parts)

    def route(self, request: Request, parts: list[str]) -> Reply:
        if request.method == "POST":
            given = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
            return self.create(given) if parts == ["requests"] else self.update(given)
        if parts == ["services"]:
            return self.shown(SERVICES, "services", "service")
        if parts[0] == "services":
            return self.definition(parts[1])
        if parts[0] == "tokens":
            return self.token(parts[1])
        if parts[0] == "servicerequestupdates":
            return self.shown(self.updates, "service_request_updates", "request_update")
        if parts == ["requests"]:
            return self.listed(request.query)
        one = [row for row in self.rows if str(row["service_request_id"]) == parts[1]]
        return self.requests_shown(one) if one else self.error(self.unknown_status, "service_request_id was not found")

    def create(self, given: dict[str, str]) -> Reply:
        unknown = [name for name in given if name not in KNOWN and not name.startswith("attribute[")]
        if given.get("api_key") != KEY:
            return self.error(self.key_status, "Invalid api_key received -- can't proceed with create_request.")
        if unknown:
            return self.error(400, f"unknown parameter {unknown[0]}")
        if given.get("service_code") not in [one["service_code"] for one in SERVICES]:
            return self.error(404, "service_code provided was not found")
        if not ({"lat", "long"} <= set(given) or "address_string" in given):
            return self.error(400, "a location is required", "description is fine")
        number = len(self.rows)  # the first id is 0
        row = {
            "service_request_id": number,
            "status": "open",
            "status_notes": "",
            "service_code": given["service_code"],
            "description": given.get("description", ""),
            "agency_responsible": None,
            "address": given.get("address_string", ""),
            "lat": float(given.get("lat", 0)),
            "long": float(given.get("long", 0)),
            "requested_datetime": self.now(),
            "updated_datetime": self.now(),
            "_token": None,
        }
        self.rows.append(row)
        if self.polls:
            token = f"t{number}"
            row["_token"], self.tokens[token] = token, (self.polls, number)
            return self.shown([{"token": token}], "service_requests", "request")
        answer = {"service_request_id": number, "service_notice": "", "account_id": None} if self.gives_id else {}
        return self.shown([answer], "service_requests", "request")

    def update(self, given: dict[str, str]) -> Reply:
        if given.get("api_key") != KEY:
            return self.error(self.key_status, "Invalid api_key received")
        if [name for name in given if name not in UPDATE]:
            return self.error(400, "unknown parameter")
        row = self.rows[int(given["service_request_id"])]
        if row["status"] != given["status"].lower():
            row["status"] = given["status"].lower()
            row["updated_datetime"] = self.now()
        self.updates.append({**given, "api_key": "", "update_id": len(self.updates), "updated_datetime": self.now()})
        return self.shown([{"update_id": len(self.updates) - 1}], "service_request_updates", "request_update")

    def token(self, token: str) -> Reply:
        if token not in self.tokens:
            return self.error(404, "token was not found")
        left, number = self.tokens[token]
        self.tokens[token] = (max(left - 1, 0), number)
        found = {"token": token} if left > 1 else {"token": token, "service_request_id": number}
        return self.shown([found], "service_requests", "request")

    def definition(self, code: str) -> Reply:
        if self.form == "json":
            return Reply({"service_code": code, "attributes": ATTRIBUTES})
        root = Element("service_definition")
        SubElement(root, "service_code").text = code
        attributes = SubElement(root, "attributes")
        for one in ATTRIBUTES:
            _fill(SubElement(attributes, "attribute"), one)
        return Reply(tostring(root), headers={"Content-Type": "text/xml"})

    def listed(self, query: dict[str, str]) -> Reply:
        found = self.rows
        query = {name: value for name, value in query.items() if name not in self.ignored}
        if self.ignores_filters:
            return self.requests_shown(found[: self.cap])
        if "service_request_id" in query:
            wanted = query["service_request_id"].split(",")
            found = [row for row in found if str(row["service_request_id"]) in wanted]
        else:
            start, end = query.get("start_date", "0"), query.get("end_date", "9")
            if self.whole_days:
                start, end = start[:10], f"{end[:10]}Z"
            found = [row for row in found if start <= row["requested_datetime"] < end]
            found = [row for row in found if row["service_code"] == query.get("service_code", row["service_code"])]
        if self.pages:
            first = int(query.get("start", 0))
            found = found[first : first + min(int(query.get("rows", self.cap)), self.cap)]
        return self.requests_shown(found[: self.cap])

    def requests_shown(self, rows: list[dict[str, Any]]) -> Reply:
        hidden = () if self.shows_descriptions else ("description",)
        published = [row for row in rows if row["_token"] is None or self.tokens[row["_token"]][0] <= 1]
        shown = [{name: value for name, value in row.items() if name not in hidden and not name.startswith("_")} for row in published]
        return self.shown(shown, "service_requests", "request")

    def error(self, status: int, *descriptions: str) -> Reply:
        rows = [{"code": status, "description": one} for one in descriptions]
        reply = self.shown(rows, "errors", "error")
        return Reply(reply.body, status, reply.headers)

    def shown(self, rows: list[dict[str, Any]], wrapper: str, name: str) -> Reply:
        if self.form == "json":
            return Reply(rows)
        root = Element(wrapper)
        for row in rows:
            _fill(SubElement(root, name), row)
        return Reply(tostring(root, encoding="utf-8", xml_declaration=True), headers={"Content-Type": "text/xml; charset=utf-8"})

    @staticmethod
    def now() -> str:
        return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _fill(element: Element, row: dict[str, Any]) -> None:
    for name, value in reversed(row.items()):  # the order of elements is not fixed
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        SubElement(element, name).text = f" {text}\n"
