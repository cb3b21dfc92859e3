"""Load the measured redaction figures written by `make score-redaction`."""

import json
from pathlib import Path
from typing import Any

RESULT = Path(__file__).parents[3] / "docs" / "reference" / "redaction.json"


def load_figures() -> dict[str, Any]:
    """Load the committed figures of the held-out authors; empty without any.

    Held out: their texts were written without sight of the rules.
    """
    if not RESULT.exists():
        return {}
    figures: dict[str, dict[str, Any]] = json.loads(RESULT.read_text(encoding="utf-8"))
    return figures.get("held_out", {})
