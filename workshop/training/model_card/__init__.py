"""Write the measured scores into the model card; its prose is kept."""

from pathlib import Path

BEGIN, END = "<!-- scores: written by python -m workshop.training -->", "<!-- end of scores -->"


def write_card(path: Path, sections: dict[str, str], marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Replace the text between the two marks.

    Raises:
        ValueError: the card has no marks.
    """
    text = path.read_text(encoding="utf-8")
    begin, end = marks
    if begin not in text or end not in text:
        raise ValueError(f"{path}: the marks '{begin}' and '{end}' are needed, the scores go between them")
    before, after = text.split(begin)[0], text.split(end)[1]
    scores = "\n\n".join(f"### {title.capitalize()}\n\n{body}" for title, body in sections.items())
    path.write_text(f"{before}{begin}\n\n{scores}\n\n{end}{after}", encoding="utf-8")
