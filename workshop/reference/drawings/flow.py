"""Draw the flow of data between steps, ledger and outside systems."""

from workshop.reference.drawings import svg

STEPS = (
    ("collect", "posts, edits, deletions, gaps, cursors", "networks"),
    ("classify", "annotations: labels, places, embedding", ""),
    ("triage", "incidents, decisions, cases", ""),
    ("deliver, follow", "deliveries, states", "contact centre"),
    ("answer", "answers sent, unknown, refused", "networks"),
    ("index", "index states", "search engine"),
    ("report", "mails sent", "mail, files, open data"),
    ("forget, verify", "tombstones, counters", ""),
)
TOP, STEP, BOX = 60, 62, 42


def picture() -> str:
    """Return docs/img/data-flow.svg."""
    height = TOP + STEP * len(STEPS)
    parts = [
        svg.label(20, 30, "Outside", 13, True),
        svg.label(300, 30, "Step", 13, True),
        svg.label(640, 30, "Ledger", 13, True),
        svg.box(560, TOP - 8, 300, STEP * len(STEPS) - 8, "#dfeaf2"),
    ]
    for number, (name, written, outside) in enumerate(STEPS):
        y = TOP + number * STEP
        middle = y + BOX // 2
        parts += [svg.box(260, y, 150, BOX), svg.label(335, middle + 4, name, 13, True, svg.ACCENT, "middle")]
        parts += [
            svg.label(575, middle + 4, written, 12),
            svg.arrow(412, middle - 5, 558, middle - 5),
            svg.arrow(558, middle + 7, 413, middle + 7),
        ]
        if outside:
            parts += [svg.box(20, y, 170, BOX, svg.PAPER), svg.label(105, middle + 4, outside, 12, anchor="middle")]
            parts.append(svg.arrow(192, middle, 257, middle) if number == 0 else svg.arrow(258, middle, 193, middle))
    return svg.picture(880, height, "Each step reads from the ledger and writes its result back in one transaction", parts)
