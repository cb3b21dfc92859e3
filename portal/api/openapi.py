"""Build the OpenAPI 3.1 document of the read API from its endpoints."""

import re
from typing import Any

from pydantic.json_schema import models_json_schema

from pipeline.access.api_tokens import SCOPES
from pipeline.context import Context
from portal.api.endpoints import ENDPOINTS, Endpoint
from portal.api.problems import KINDS, MEDIA_TYPE

VERSION = "1.0.0"
REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = (
    "Read-only. A token (`Authorization: Bearer ...`) has one or more of the scopes {scopes}. Lists are read page by page with `after`, "
    "whose positions stay valid while the list grows. Answers have an ETag. Texts of posts are redacted, and untrusted: their authors are "
    "strangers."
)
Json = dict[str, Any]


def document(context: Context) -> Json:
    """Return the document."""
    models = [(one.answer_model, "serialization") for one in ENDPOINTS]
    _, schemas = models_json_schema(models, ref_template=REFERENCE)  # type: ignore[arg-type]  # the mode is one of its literals
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Escucha, {context.city.name}: read API",
            "version": VERSION,
            "description": DESCRIPTION.format(scopes=", ".join(f"`{scope}`" for scope in SCOPES)),
        },
        "servers": [{"url": f"{context.settings.portal_address}/api/v1"}],
        "security": [{"token": []}],
        "paths": {one.path: {"get": _operation(one)} for one in ENDPOINTS},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas["$defs"], "Problem": PROBLEM},
            "responses": {kind: _refusal(kind) for kind in KINDS},
        },
    }


PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "detail"],
                "properties": {"parameter": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
"""Problem details as in RFC 9457, with the wrong parameters."""
REFUSALS = ("parameter", "token", "scope", "form", "often", "fault", "unavailable")


def _operation(endpoint: Endpoint) -> Json:
    parameters = [_parameter(endpoint, name, schema) for name, schema in _properties(endpoint).items()]
    content: Json = {"application/json": {"schema": {"$ref": REFERENCE.format(model=_name(endpoint))}}}
    if endpoint.is_list:
        formats = {"type": "string", "enum": ["json", "csv"], "default": "json"}
        parameters.append({"name": "format", "in": "query", "schema": formats, "description": "Format of the answer."})
        content["text/csv"] = {"schema": {"type": "string"}}
    refusals = [*REFUSALS, *(["missing"] if endpoint.path_fields else [])]
    answers = {str(KINDS[kind][0]): {"$ref": f"#/components/responses/{kind}"} for kind in refusals}
    headers = {"ETag": {"schema": {"type": "string"}}}
    if endpoint.is_list:
        headers["Link"] = {"schema": {"type": "string"}}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"Scope: `{endpoint.scope}`.",
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done.", "headers": headers, "content": content},
            "304": {"description": "The client has it already (If-None-Match)."},
            **answers,
        },
    }


def _properties(endpoint: Endpoint) -> Json:
    found: Json = endpoint.query.model_json_schema().get("properties", {})
    return found


def _parameter(endpoint: Endpoint, name: str, schema: Json) -> Json:
    """Return a parameter; one that may be left out is never null."""
    schema = {key: value for key, value in schema.items() if key != "title"}
    description = schema.pop("description", "")
    if "anyOf" in schema:
        schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
    if schema.get("default", "") is None:
        del schema["default"]
    in_path = name in endpoint.path_fields
    return {"name": name, "in": "path" if in_path else "query", "required": in_path, "schema": schema, "description": description}


def _refusal(kind: str) -> Json:
    return {"description": KINDS[kind][1], "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}}


def _name(endpoint: Endpoint) -> str:
    """Return the name that pydantic gives the model of the answer."""
    return re.sub(r"[^A-Za-z0-9.\-_]", "_", endpoint.answer_model.__name__)
