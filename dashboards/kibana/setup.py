"""Describe the space, role and alert rules that a push sets up."""

from datetime import UTC, datetime
from typing import Any

import orjson

from core.config.city import City
from core.i18n.translate import translator
from core.records.annotation import TOPICS
from dashboards.boards.parts import CITIZENS, COMPLAINT
from dashboards.filters import Condition, dsl
from dashboards.kibana.map import INDEX as DISTRICTS
from dashboards.render.svg import MAIN
from dashboards.window import Window

Json = dict[str, Any]

ROLE = "escucha-reader"
READ = ("dashboard", "discover", "maps", "visualize")
"""Features of Kibana that staff may use, to read only."""
READABLE = ("escucha-posts*", "escucha-cases*", DISTRICTS)
"""Indices that staff may read."""
RISING_FROM = 25
"""Complaints about one service in 24 hours from which staff are alerted."""
SILENT_HOURS = 6
SPACE_INITIALS = 2


def space_id(language: str) -> str:
    """Return the id of the space of a language.

    >>> space_id("es")
    'escucha-es'
    """
    return f"escucha-{language}"


def space(city: City, language: str) -> Json:
    """Return the body that creates or updates the space."""
    _ = translator(language, "dashboards")
    return {
        "id": space_id(language),
        "name": f"Escucha {city.name} ({language})",
        "description": _("What people say about the city, and which topics are rising."),
        "initials": language[:SPACE_INITIALS].upper(),
        "color": MAIN,
        "disabledFeatures": [],
    }


def role(languages: tuple[str, ...]) -> Json:
    """Return the role of staff, who read indices and dashboards only."""
    return {
        "elasticsearch": {"cluster": [], "indices": [{"names": [*READABLE], "privileges": ["read", "view_index_metadata"]}], "run_as": []},
        "kibana": [{"base": [], "feature": {name: ["read"] for name in READ}, "spaces": [space_id(one) for one in languages]}],
    }


def rules(city: City, language: str) -> dict[str, Json]:
    """Return the alert rules by id.

    They have no action: staff add the connectors that notify them.
    """
    _ = translator(language, "dashboards")
    complaint: list[Condition] = [*CITIZENS, COMPLAINT]
    return {
        f"escucha-rising-topic-{language}": _rule(
            _("Many complaints about one service in a day"),
            "escucha-posts",
            "created_at",
            _all(complaint, city),
            {
                "timeWindowSize": 24,
                "timeWindowUnit": "h",
                "threshold": [RISING_FROM],
                "thresholdComparator": ">=",
                "groupBy": "top",
                "termField": "topic",
                "termSize": len(TOPICS),
            },
        ),
        f"escucha-silent-source-{language}": _rule(
            _("Nothing has been collected for hours"),
            "escucha-posts",
            "received_at",
            {"match_all": {}},
            {"timeWindowSize": SILENT_HOURS, "timeWindowUnit": "h", "threshold": [1], "thresholdComparator": "<", "groupBy": "all"},
        ),
        f"escucha-answers-overdue-{language}": _rule(
            _("Answers are overdue"),
            "escucha-cases",
            "due_at",
            {"bool": {"filter": [{"term": {"waits": True}}, {"term": {"replay": False}}]}},
            {"timeWindowSize": 365, "timeWindowUnit": "d", "threshold": [0], "thresholdComparator": ">", "groupBy": "all"},
        ),
    }


def _all(conditions: list[Condition], city: City) -> Json:
    view = Window(now=datetime(2026, 1, 1, tzinfo=UTC), zone=city.zone)  # the conditions have no time
    return {"bool": {"filter": [dsl(one, view) for one in conditions]}}


def _rule(name: str, index: str, time_field: str, query: Json, window: Json) -> Json:
    """Return the body of a rule of type `.es-query` (any licence)."""
    params = {
        "searchType": "esQuery",
        "esQuery": orjson.dumps({"query": query}).decode(),
        "index": [index],
        "timeField": time_field,
        "size": 0,
        "aggType": "count",
        "excludeHitsFromPreviousRun": False,
        **window,
    }
    return {
        "name": f"Escucha: {name}",
        "rule_type_id": ".es-query",
        "consumer": "stackAlerts",
        "schedule": {"interval": "15m"},
        "params": params,
        "actions": [],
        "tags": ["escucha"],
        "enabled": True,
    }
