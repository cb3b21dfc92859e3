"""Load the measured figures of redaction, as `make score-redaction` wrote them."""

import json
from pathlib import Path
from typing import Any

RESULT = Path(__file__).parents[3] / "docs" / "reference" / "redaction.json"


def load_figures() -> dict[str, Any]:
    """Return the committed figures of the authors who had not seen the rules; empty without any."""
    if not RESULT.exists():
        return {}
    figures: dict[str, dict[str, Any]] = json.loads(RESULT.read_text(encoding="utf-8"))
    return figures.get("held_out", {})
