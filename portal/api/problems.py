"""Define the errors of the read API as problem details (RFC 9457)."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from core.errors import EscuchaError
from core.text import sanitise

MEDIA_TYPE = "application/problem+json"
KINDS: dict[str, tuple[int, str]] = {
    "parameter": (400, "A parameter is wrong"),
    "cursor": (400, "The cursor cannot be used"),
    "token": (401, "A valid token is needed"),
    "scope": (403, "The token does not allow this"),
    "encryption": (403, "Tokens are not accepted without encryption"),
    "missing": (404, "There is nothing at this address"),
    "method": (405, "This address does not take this method"),
    "form": (406, "There is no such format"),
    "large": (413, "The request is too large"),
    "often": (429, "Too many requests"),
    "fault": (500, "The server failed"),
    "unavailable": (503, "The server cannot answer now"),
}
"""Status and title by kind; the kind is the end of `type`."""
TYPE = "urn:escucha:problem:"


class ProblemError(EscuchaError):
    """Refuse a request; the detail says what to do."""

    def __init__(self, kind: str, detail: str, *, errors: Mapping[str, str] | None = None, retry_s: int | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors, self.retry_s = kind, detail, errors or {}, retry_s
        self.status = KINDS[kind][0]

    def document(self) -> dict[str, Any]:
        """Return the problem details."""
        status, title = KINDS[self.kind]
        found: dict[str, Any] = {"type": f"{TYPE}{self.kind}", "title": title, "status": status, "detail": self.detail}
        if self.errors:
            found["errors"] = [{"parameter": name, "detail": words} for name, words in self.errors.items()]
        return found

    def response(self) -> Response:
        """Return the answer of HTTP."""
        headers = {"Cache-Control": "no-store"}
        if self.retry_s is not None:
            headers["Retry-After"] = str(self.retry_s)
        if self.kind == "token":
            headers["WWW-Authenticate"] = 'Bearer realm="escucha"'
        body = json.dumps(self.document(), ensure_ascii=False).encode()
        return Response(body, self.status, headers, MEDIA_TYPE)


def of_validation(error: ValidationError, known: Mapping[str, Any]) -> ProblemError:
    """Say which parameters are wrong, and what is allowed.

    Args:
        error: of the query's model.
        known: the parameters that exist.
    """
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        name = sanitise(".".join(map(str, one["loc"])))[:60] or "parameters"
        words = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            words = f"unknown; known: {', '.join(sorted(known)) or 'none'}"
        found[name] = words
    return ProblemError("parameter", "; ".join(f"{name}: {words}" for name, words in found.items()), errors=found)
