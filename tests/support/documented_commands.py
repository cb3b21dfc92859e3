"""Extract the commands of documents: lines of code blocks, and code within the text."""

import re
import shlex
from collections.abc import Iterator

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w{}-]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
SHELL = ("", "sh", "bash")
"""Languages of a block that is typed into a shell: one that names none is. What is printed says `text`."""
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SEPARATORS = {"&&", "||", ";", "|", "(", ")", "&"}
REDIRECTIONS = {"<", ">", ">>"}
_VARIABLE = re.compile(r"[A-Z_]+=.*", re.DOTALL)


def typed(page: str) -> Iterator[list[str]]:
    """Yield each command of the shell's blocks as its words, without the variables before it and what it is read from or written to."""
    for block in FENCE.finditer(page):
        if block["language"] in SHELL:
            for line in _lines(block["body"]):
                yield from _commands(line)


def mentioned(page: str) -> Iterator[list[str]]:
    """Yield what stands between backticks outside blocks, as words: a command, or the beginning of one, where | lists choices."""
    for code in INLINE.findall(FENCE.sub("", page)):
        words = code.replace('"', "").partition(" < ")[0].split()
        while words and _VARIABLE.fullmatch(words[0]):
            words.pop(0)
        if words:
            yield words


def _lines(body: str) -> Iterator[str]:
    """Join lines that go on: after a backslash, or within quotes."""
    waiting = ""
    for line in body.splitlines():
        waiting += line
        if waiting.endswith("\\"):
            waiting = waiting[:-1]
            continue
        try:
            _words(waiting)
        except ValueError:
            waiting += "\n"
            continue
        yield waiting
        waiting = ""
    if waiting:
        raise ValueError(f"a quote that is never closed: {waiting}")


def _words(line: str) -> list[str]:
    read = shlex.shlex(line, posix=True, punctuation_chars=True)
    read.whitespace_split = True
    return list(read)


def _commands(line: str) -> Iterator[list[str]]:
    command: list[str] = []
    words = iter([*_words(line), ";"])
    for word in words:
        if word in REDIRECTIONS:
            next(words)
        elif word not in SEPARATORS:
            command.append(word)
        elif command:
            while command and _VARIABLE.fullmatch(command[0]):
                command.pop(0)
            if command:
                yield command
            command = []
