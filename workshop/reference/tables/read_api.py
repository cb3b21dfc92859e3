"""Generate the page of the read API from its endpoints."""

from collections.abc import Iterator
from typing import Any

from pipeline.access.api_tokens import SCOPES
from portal.api.access import PER_ADDRESS, PER_TOKEN
from portal.api.endpoints import ENDPOINTS, Endpoint
from portal.api.mcp.protocol import VERSIONS
from portal.api.mcp.tools import DEFAULT_ROWS, MOST_ROWS
from portal.api.problems import KINDS, TYPE
from workshop.reference.tables.markdown import GENERATED, code, table

INTRODUCTION = f"""\
What systems with a token read from the portal. How to make a token and use it: [read API](../how-to/read-api.md). The portal serves the
same as OpenAPI 3.1 at `/api/v1/openapi.json`.

Every address takes `GET` and the header `Authorization: Bearer TOKEN`. A token may ask {PER_TOKEN} times a minute; {PER_ADDRESS} requests a
minute without a valid token are answered for each address. Lists take `format=csv` (or `Accept: text/csv`). Times are UTC; periods follow
the city's calendar.
"""
TOOLS = f"""\
`POST /mcp` (streamable HTTP, one JSON answer for each message, no sessions) and `escucha mcp` (standard input and output). Spoken
revisions: {", ".join(VERSIONS)}. The tools have the names and the scopes of the addresses above, and take the same parameters; `limit` is
{DEFAULT_ROWS} unless given, at most {MOST_ROWS}. Every call is audited.
"""


def page() -> str:
    """Return docs/reference/read-api.md."""
    rows = [(code(f"/api/v1{one.path}"), code(one.scope), code(one.name), one.summary) for one in ENDPOINTS]
    problems = [(str(status), code(f"{TYPE}{kind}"), title) for kind, (status, title) in KINDS.items()]
    parts = [
        GENERATED,
        "# Read API and MCP tools\n",
        INTRODUCTION,
        "## Addresses\n",
        f"Scopes: {', '.join(map(code, SCOPES))}.\n",
        table(("path", "scope", "operation", "what"), rows),
        *(_endpoint(one) for one in ENDPOINTS),
        "## Errors\n",
        "Problem details (RFC 9457), `application/problem+json`: `detail` says what to do.\n",
        table(("status", "type", "title"), problems),
        "## MCP tools\n",
        TOOLS,
    ]
    return "\n".join(parts)


def _endpoint(endpoint: Endpoint) -> str:
    parameters = list(_parameters(endpoint))
    asked = table(("parameter", "values", "what"), parameters) if parameters else "No parameters.\n"
    fields = ", ".join(map(code, endpoint.row.model_fields))
    return f"## `{endpoint.path}`\n\n{asked}\nFields: {fields}.\n"


def _parameters(endpoint: Endpoint) -> Iterator[tuple[str, str, str]]:
    for name, schema in endpoint.query.model_json_schema().get("properties", {}).items():
        yield code(name), _values(schema), schema.get("description", "")


def _values(schema: dict[str, Any]) -> str:
    """Describe what a parameter takes."""
    whole = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
    default = f" (default `{schema['default']}`)" if schema.get("default") is not None else ""
    if "enum" in whole:
        return " ".join(map(code, whole["enum"])) + default
    bounds = f" {whole['minimum']} to {whole['maximum']}" if "maximum" in whole else ""
    return f"{whole.get('format', whole['type'])}{bounds}{default}"
