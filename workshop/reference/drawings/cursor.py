"""Draw the states of a stream's cursor.

A stream is one query, list or page of a network that is fetched newest first.
"""

from workshop.reference.drawings import svg


def picture() -> str:
    """Return docs/img/cursor.svg."""
    parts = [
        svg.box(30, 60, 200, 64),
        svg.label(130, 88, "complete", 14, True, svg.ACCENT, "middle"),
        svg.label(130, 108, "mark: newest message known", 11, anchor="middle"),
        svg.box(390, 60, 230, 64),
        svg.label(505, 88, "walking down", 14, True, svg.ACCENT, "middle"),
        svg.label(505, 108, "token, old mark, new mark", 11, anchor="middle"),
        svg.box(390, 220, 230, 64, svg.PAPER),
        svg.label(505, 248, "open gap", 14, True, svg.ACCENT, "middle"),
        svg.label(505, 268, "recorded with its reason", 11, anchor="middle"),
        svg.box(30, 220, 200, 64, svg.PAPER),
        svg.label(130, 248, "lost", 14, True, svg.ACCENT, "middle"),
        svg.label(130, 268, "shown with its reason", 11, anchor="middle"),
        svg.arrow(232, 78, 386, 78),
        svg.label(309, 70, "a run begins", 11, anchor="middle"),
        svg.arrow(388, 106, 234, 106),
        svg.label(310, 122, "reached the old mark", 11, anchor="middle"),
        svg.arrow(470, 126, 470, 216),
        svg.label(462, 168, "run ends early:", 11, anchor="end"),
        svg.label(462, 183, "budget, refusal, kill", 11, anchor="end"),
        svg.arrow(545, 216, 545, 128),
        svg.label(553, 176, "next run goes on", 11),
        svg.arrow(388, 252, 234, 252),
        svg.label(312, 244, "no longer given", 11, anchor="middle"),
        svg.label(30, 30, "Each page is stored in one transaction with the cursor that follows it.", 12, fill=svg.LINE),
    ]
    return svg.picture(680, 310, "States of a stream's cursor", parts)
