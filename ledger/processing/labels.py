"""Store the labels in force: the annotator's, with corrections applied.

They are columns that the database can filter and count.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from core.records.annotation import BORDER, Label, Place
from ledger import schema
from ledger.mapping import CHUNK, LABELS, PLACES, apply_corrections

SCORED = ("sentiment", "intent", "topic", "actionable", "relevance", "spam")
UNSCORED = ("sensitive",)
"""Questions of a rule alone."""
CALIBRATED = ("topic", "actionable")
"""Questions whose scores are compared with what people said."""
Corrections = dict[str, str | bool]


def corrections_of(connection: Connection, post_ids: Sequence[str]) -> dict[str, Corrections]:
    """Return the last correction of each question, by post.

    One to `border` corrects nothing: the label is the model's again.
    """
    corrections = schema.corrections.c
    found: dict[str, Corrections] = defaultdict(dict)
    for start in range(0, len(post_ids), CHUNK):
        some = post_ids[start : start + CHUNK]
        statement = select(corrections.post_id, corrections.question, corrections.value)
        for row in connection.execute(statement.where(corrections.post_id.in_(some)).order_by(corrections.id)):
            found[row.post_id][row.question] = row.value
    return {one: {name: value for name, value in said.items() if value != BORDER} for one, said in found.items()}


def write_labels(connection: Connection, read: Mapping[str, tuple[Mapping[str, Label], str]]) -> None:
    """Rebuild the label columns of these posts from labels and corrections.

    `read` gives the labels and the model of each post.
    """
    ids = list(read)
    if not ids:
        return
    corrections = corrections_of(connection, ids)
    rows = [label_values(one, read[one][0], read[one][1], corrections.get(one, {})) for one in ids]
    connection.execute(schema.labels.delete().where(schema.labels.c.post_id.in_(ids)))
    connection.execute(schema.labels.insert(), rows)


def rewrite_labels(connection: Connection, post_id: str) -> None:
    """Rebuild the label columns of one post, after a correction."""
    annotations = schema.annotations.c
    row = connection.execute(select(annotations.labels, annotations.model).where(annotations.post_id == post_id)).one_or_none()
    if row is not None:
        write_labels(connection, {post_id: (LABELS.validate_json(row.labels), row.model)})


def label_values(post_id: str, read: Mapping[str, Label], model: str, corrections: Corrections) -> dict[str, Any]:
    """Return one row of labels and scores; an unasked question is None."""
    labels = apply_corrections(dict(read), corrections)
    row: dict[str, Any] = {"post_id": post_id, "model": model, "corrected": sorted(corrections)}
    row["confirmed"] = sorted(one for one, value in corrections.items() if one in read and read[one].value == value)
    for question in SCORED:
        label = labels.get(question)
        row[question] = None if label is None else label.value
        row[f"{question}_score"] = None if label is None else label.score
    for question in UNSCORED:
        row[question] = labels[question].value if question in labels else None
    for question in CALIBRATED:
        row[f"{question}_certainty"] = read[question].score if question in read else None
    row["language"] = labels["language"].value if "language" in labels else None
    return row | _place_values(labels.get("places"))


def _place_values(label: Label | None) -> dict[str, Any]:
    places = label.value if label is not None and isinstance(label.value, tuple) else ()
    main = main_place(places)
    return {
        "places": PLACES.dump_json(places).decode(),
        "place": main.name if main else None,
        "district": main.district if main else None,
        "barrio": main.barrio if main else None,
        "lat": main.lat if main else None,
        "lon": main.lon if main else None,
    }


def main_place(places: Sequence[Place]) -> Place | None:
    """Return the place a post is about: the surest in the gazetteer.

    None when the gazetteer has none of them.

    >>> main_place(()) is None
    True
    """
    return max((place for place in places if place.key is not None), key=lambda place: place.sure, default=None)
