"""Processor time of texts that are built to cost time: letters, posts, passwords. `make perf` runs it, on a quiet machine."""

import random
import time

import pytest

from core.privacy.redaction.text import redact
from core.records.post import Raw, Rejected
from desk.auth.passwords import refusal
from gazetteer import Gazetteer
from nlp.text.sanitize import sanitize
from tests.component.collectors.test_collectors_mailbox import MONSTERS, parsed
from tests.unit.core.test_redact import GOES, KEEP, STAYS
from tests.unit.gazetteer.test_gazetteer import MADRID

pytestmark = pytest.mark.perf


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(MADRID)


@pytest.mark.parametrize("mail", MONSTERS, ids=range(len(MONSTERS)))
def test_no_letter_however_made_takes_long(mail: bytes) -> None:
    began = time.process_time()
    assert isinstance(parsed(mail), Raw | Rejected)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("password", ["a1" * 100, "ab1!" * 50, "(" * 200, "\ud800" * 20, "0" * 199 + "x"])
def test_no_password_costs_much(password: str) -> None:
    began = time.process_time()
    refusal(password, "rosa", "Las Palmas de Gran Canaria")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text",
    [
        "calle de la " * 8400,
        "San Blas " * 11000,
        "Valdebebas" * 10000,
        "de " * 33000,
        "calle " + "de " * 33000,
        "C/ A " * 20000,
        "Plaza " * 16000,
        "a." * 50000,
        "Gran Vía, " * 10000,
        "calle Goyx 1, " * 7000,
        "1 " * 50000,
        "calle" + " " * 100_000 + "Alcalá",
    ],
)
def test_a_hundred_kilobytes_of_anything_take_little_time(gazetteer: Gazetteer, text: str) -> None:
    started = time.process_time()
    gazetteer.find(text)
    whole = time.process_time() - started
    assert whole < 3.0


def test_loading_takes_less_than_a_second_or_two_on_a_busy_machine() -> None:
    started = time.process_time()
    Gazetteer.load(MADRID)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(
    "piece", ["label ", "<|", "{", "---\n", "ignora ", "```", "<!--", "| topic |", "user: a\n", "[INST]", "label this it that "]
)
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    sanitize((piece * 6000)[:6000])
    assert time.process_time() - began < 0.3


def work(text: str) -> float:
    """The least time of three: what the text costs, without what else the machine did."""
    times = []
    for _ in range(3):
        start = time.process_time()
        redact(text, keep=KEEP, names=["paco_99"])
        times.append(time.process_time() - start)
    return min(times)


UNITS = [
    "1",
    "a",
    " ",
    ".",
    "@",
    "a.",
    "a@",
    "@a",
    "@a.",
    "a@a.",
    "a-",
    "1 ",
    "1.",
    "6001 ",
    "600 123 45",
    "12345678 ",
    "A1",
    "ES91 ",
    "ABCD ",
    "http://",
    "https://.",
    "www.",
    "t.co/",
    "u/",
    "did:plc:",
    "calle ",
    "calle 5 ",
    "soy ",
    "Ana ",
    "ana lopez ",
    "Saludos, ",
    "mi vecino ",
    "A.",
    "a b c ",
    "seis ",
    "seis uno ",
    "a arroba b punto ",
    "mi insta es ",
    "@a-",
    "6 1 ",
    "6·",
    "DNI es el ",
    "nací el ",
    "IBAN es91",
    "1.2.3.",
    "a:",
    "d de la ",
    "Ana de la ",
    "y Ana",
    "García, ",
    "hola ",
    "Sr. ",
    "４",
    "e\u0301",
    "40.41, ",
    "A1b",
    "x/@",
    "(at) ",
    "c/ 5, 3º ",
    "piso ",
    "piso 3 ",
    "3º ",
    "5, 3º A ",
    "puerta piso 3 ",
    "º",
    "\n",
    "matrícula ",
    "DNI ",
    "x.bsky.social",
    "a.bsky.",
    "(arroba) ",
    "+34 6",
    "1234-",
    "M-1234-",
    "\u0301",
    "🙂",
]


@pytest.mark.parametrize("unit", UNITS)
def test_the_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    """Quadratic work would take 64 times as long for 8 times the text; linear work takes 8 times as long. The line is at 24."""
    short = unit * (12_500 // len(unit))
    assert work(short * 8) < 24 * work(short) + 0.05


def test_no_mixture_of_fragments_is_slow() -> None:
    """100 kB of anything cost less than five seconds even on a busy machine (measured: 2.1 s, shared by some 180 patterns)."""
    chance = random.Random(20261124)  # noqa: S311
    pieces = [*GOES, *STAYS, *UNITS]
    text = "".join(chance.choice(pieces) + chance.choice(["", " ", ", ", "\n"]) for _ in range(12_000))[:100_000]
    assert work(text) < 5
