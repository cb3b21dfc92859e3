"""What a stranger can make us work: feeds and letters that are built to cost time grow no faster than they are long.

Counted are calls of functions, not seconds: they are the same on every machine.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from collectors.feeds import entries
from collectors.feeds.entries import MAX_ATTRIBUTES, MAX_ENTRIES, MAX_TAGS, refuse_costly
from collectors.mailbox.quoting import text_of_html
from collectors.text import visible_text
from core.errors import SourceError

HEAD = '<?xml version="1.0"?><rss version="2.0"><channel><title>Diario</title>'
TAIL = "</channel></rss>"
ATTRIBUTES = " ".join(f'a{number}="1"' for number in range(40_000))


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


COSTLY = {
    "40,000 attributes": (f"{HEAD}<item {ATTRIBUTES}><title>x</title></item>{TAIL}", "40,000 attributes"),
    "behind a sign that looks like an end": (f'{HEAD}<item a=">" {ATTRIBUTES}/>{TAIL}', "attributes"),
    "without quotes": (f"{HEAD}<item {ATTRIBUTES.replace(chr(34), '')}/>{TAIL}", "40,000 attributes"),
    "in single quotes": (f"{HEAD}<item {ATTRIBUTES.replace(chr(34), chr(39))}/>{TAIL}", "40,000 attributes"),
    "not closed": (f"{HEAD}<item {ATTRIBUTES}", "40,000 attributes"),
    "100,000 entries": (f"{HEAD}{'<item><title>x</title></item>' * 100_000}{TAIL}", "tags"),
    "20,000 entries": (f"{HEAD}{'<item><title>x</title></item>' * 20_000}{TAIL}", "20,000 entries"),
    "a million empty elements": (f"{HEAD}<item>{'<a/>' * 1_000_000}</item>{TAIL}", "tags"),
    "entities": (f'<!DOCTYPE rss [<!ENTITY a "aaaa">]>{HEAD}<item><title>&a;</title></item>{TAIL}', "entities"),
}


@pytest.mark.parametrize("what", COSTLY)
def test_a_feed_that_is_built_to_cost_time_is_refused_before_it_is_parsed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.feeds.entries.feedparser.parse", lambda *_, **__: pytest.fail("it was parsed"))
    feed, words = COSTLY[what]
    with pytest.raises(SourceError, match=words):
        entries.parse_feed("https://diario.example/rss", feed.encode(), "application/rss+xml")


def test_writing_it_in_another_encoding_hides_nothing() -> None:
    feed, _ = COSTLY["40,000 attributes"]
    for encoding in ("utf-16", "utf-7"):
        named = feed.replace("?>", f' encoding="{encoding}"?>', 1)
        with pytest.raises(SourceError, match="40,000 attributes"):
            refuse_costly("https://diario.example/rss", named.encode(encoding), "")


@pytest.mark.parametrize("signs", ['<a b="', "<a b='", "<a ", "<", "<a \"'", "<item", '"', "<!--", "<a x='\"' "])
def test_the_look_itself_is_one_pass(signs: str) -> None:
    """A pattern that tries again from every sign would take minutes over two megabytes."""

    def look(times: int) -> None:
        with suppress(SourceError):
            refuse_costly("https://diario.example/rss", (signs * times).encode(), "")

    assert calls_of(lambda: look(100_000)) <= 2.2 * calls_of(lambda: look(50_000)) + 100


def test_an_honest_feed_is_far_from_the_limits() -> None:
    entry = '<item><title>x</title><description><![CDATA[<a href="https://a.example/?a=1&amp;b=2" class="b">y</a>]]></description></item>'
    refuse_costly("https://diario.example/rss", f"{HEAD}{entry * 2_000}{TAIL}".encode(), "")
    assert (MAX_ENTRIES, MAX_TAGS, MAX_ATTRIBUTES) == (10_000, 200_000, 500)


LETTERS: dict[str, Callable[[int], str]] = {
    "paragraphs": lambda n: "<p>Hay un bache</p>" * n,
    "line breaks": lambda n: "<br>" * n,
    "nested": lambda n: "<div>" * n,
    "nested quotations": lambda n: "<blockquote type=cite>" * n,
    "classes": lambda n: "<p class='a b c gmail'>x</p>" * n,
    "attributes": lambda n: f"<p {' '.join(f'a{number}=1' for number in range(n))}>x</p>",
    "open comments": lambda n: "<!--" * n,
    "ends without beginning": lambda n: "</b>" * n,
}


@pytest.mark.parametrize("shape", LETTERS)
def test_a_letter_of_twice_the_length_costs_twice_the_work_and_is_read_in_one_pass(shape: str) -> None:
    letter = LETTERS[shape]
    text_of_html(letter(10))
    short, long = (calls_of(partial(text_of_html, letter(n))) for n in (1_000, 2_000))
    assert long <= 2.2 * short + 200
    # a letter in which nothing is left is read once more as a whole; six rules sought one after the other were some 300 calls a tag
    assert long / 2_000 < 160


def test_a_letter_of_more_tags_than_anybody_writes_keeps_its_words() -> None:
    letter = "<p>Hay un <b>bache</b> en la calle</p>" + "<br>" * 60_000 + "<p>Gracias &amp; adiós</p>"
    assert calls_of(lambda: text_of_html(letter)) < 1_000
    assert text_of_html(letter).split() == "Hay un bache en la calle Gracias & adiós".split()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("safe<!--", "safe"),
        ("<p>a</p><!-- b", "a"),
        ("a<!-- b -->c", "ac"),
        ("<![CDATA[<script>alert(1)</script>]]>Hay un bache", "Hay un bache"),
        ("<![CDATA[<p>Hay un <![CDATA[bache]]></p>]]>", "Hay un bache"),
        ("1 < 2 &lt; 3", "1 < 2 < 3"),
    ],
)
def test_odd_mark_up_leaves_no_mark_up_of_ours_or_of_theirs_in_the_text(html: str, text: str) -> None:
    assert visible_text(html) == text


@pytest.mark.parametrize("mark", ["<blockquote type='CITE'>", "<div class='x gmail_quote'>", "<p class=yahoo_quoted>"])
def test_what_mail_programs_mark_as_quoted_is_left_out(mark: str) -> None:
    name = mark[1:].split()[0].rstrip(">")
    letter = f"<p>Mi queja</p>{mark}<b>lo de antes</b></{name}><p>Gracias</p>"
    assert text_of_html(letter) == "Mi queja\nGracias"
    assert text_of_html(f"{mark}todo citado</{name}>") == "todo citado"
