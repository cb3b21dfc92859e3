"""Replace what is generated within a file that people write.

A block begins with a line that has `generated: NAME` and ends with a line that has `generated: end`, both comments of the file's own kind.
"""

import os
import re

from core.parts import ROOT


def replaced(file: str, blocks: dict[str, str]) -> str:
    """Return the text of a file with fresh blocks.

    Raises:
        LookupError: the file has no such block.
    """
    text = (ROOT / file).read_text(encoding="utf-8")
    for name, block in blocks.items():
        found = re.findall(rf"^.*\bgenerated: {name}\b.*\n((?:.*\n)*?).*\bgenerated: end\b", text, re.MULTILINE)
        begins = re.search(rf"\bgenerated: {name}\b.*\n", text)
        if len(found) != 1 or begins is None:
            raise LookupError(f"{file}: there must be one block 'generated: {name}', with 'generated: end' after it")
        text = f"{text[: begins.end()]}{block}{text[begins.end() + len(found[0]) :]}"
    return text


def link(page: str, to: str) -> str:
    """Return the address of a file of the repository from a page.

    >>> link("docs/how-to/contact-centre.md", "docs/how-to/zammad.md"), link("docs/reference/sources.md", "README.md")
    ('zammad.md', '../../README.md')
    """
    file, mark, section = to.partition("#")
    return f"{os.path.relpath(file, os.path.dirname(page))}{mark}{section}"  # noqa: PTH120
