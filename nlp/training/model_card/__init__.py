"""Puts the measured scores into the model card; its words are written by people and stay."""

from pathlib import Path

BEGIN, END = "<!-- scores: written by python -m nlp.training -->", "<!-- end of scores -->"


def write_card(path: Path, sections: dict[str, str]) -> None:
    """Replace what stands between the two marks.

    Raises:
        ValueError: the card has no marks.
    """
    text = path.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{path}: the marks '{BEGIN}' and '{END}' are needed, the scores go between them")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    scores = "\n\n".join(f"### {title.capitalize()}\n\n{body}" for title, body in sections.items())
    path.write_text(f"{before}{BEGIN}\n\n{scores}\n\n{END}{after}", encoding="utf-8")
