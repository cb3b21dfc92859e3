"""The archive, bad input: recorded with its place and reason, and the rest goes on."""

import gzip
import json
from pathlib import Path

import pytest

from collectors import archive
from core.config.city import City, load_city
from core.errors import SourceError
from core.records.post import Rejected
from tests.support.archive_files import GOOD_ROW, ROOT, Reader, line, write


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities/madrid.toml")


CANARY = "secreto-600123456"
BAD_LINES: dict[str, tuple[str | bytes, str]] = {
    "bad json": ("{" + CANARY + "\n", "bad_json"),
    "not an object": (f'["{CANARY}"]\n', "bad_json"),
    "deep brackets": ("[" * 100_000 + "\n", "bad_json"),
    "deep brackets closed": ("[" * 100_000 + "]" * 100_000 + "\n", "bad_json"),
    "a text of brackets": (line(2, "x").replace('"x"', "[" * 100_000 + "]" * 100_000), "bad_field"),
    "huge number": ('{"id": ' + "9" * 5000 + "}\n", "bad_json"),
    "wrong encoding": (line(2, f"a\xf1o {CANARY}").encode("latin-1"), "bad_encoding"),
    "10 MB": (line(2, CANARY + "a" * 10_000_000), "too_large"),
    "a million characters": (line(2, CANARY + "a" * 1_000_000), "too_large"),
    "100,001 characters": (line(2, "a" * 100_001), "too_large"),
    "NUL": (line(2, f"{CANARY}\0"), "nul"),
    "lone surrogate": (json.dumps({"id": "2", "text": f"{CANARY} \ud800", "created_at": "2026-11-20"}) + "\n", "lone_surrogate"),
    "year 9999": (line(2, CANARY, created_at="9999-12-31T23:59:59-01:00"), "bad_date"),
    "year 9999, in order": (line(2, CANARY, created_at="9999-06-01"), "bad_date"),
    "month first": (line(2, CANARY, created_at="11/24/2026"), "bad_date"),
    "no date at all": (json.dumps({"id": "2", "text": CANARY}) + "\n", "missing_field: created_at"),
    "empty text": (line(2, "  \n "), "empty_text"),
    "a list as text": (json.dumps({"id": "2", "text": [CANARY], "created_at": "2026-11-20"}) + "\n", "bad_field"),
    "unknown kind": (line(2, CANARY, kind="shout"), "bad_field: kind"),
    "duplicate id": (line(1, CANARY), "duplicate_id"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_recorded_and_the_rest_goes_on(city: City, tmp_path: Path, name: str) -> None:
    bad, reason = BAD_LINES[name]
    reader = Reader(city, write(tmp_path / "a.jsonl", [line(1), bad, line(3)]))
    raws, refused = reader.run()
    assert [raw.native_id for raw in raws] == ["1", "3"]
    assert refused == {"a.jsonl:2": reason}
    assert CANARY not in json.dumps([one.model_dump(mode="json") for page in reader.pages for one in page.rejects])


def test_a_reject_tells_size_and_digest_of_the_line_in_the_file(city: City, tmp_path: Path) -> None:
    reader = Reader(city, write(tmp_path / "a.jsonl", [line(1), line(2, created_at="nunca")]))
    reader.run()
    assert reader.pages[0].rejects == (Rejected.of("archive", "a.jsonl:2", "bad_date", line(2, created_at="nunca")),)


BAD_ROWS: dict[str, tuple[str | bytes, dict[str, str]]] = {
    "too few cells": ("2;20/11/2026\r\n", {"a.csv:4": "bad_row"}),
    "too many cells": ("2;20/11/2026;hola;adiós\r\n", {"a.csv:4": "bad_row"}),
    "open quote": ('2;20/11/2026;"sin cerrar\r\n', {"a.csv:4": "bad_row"}),
    "quote in the middle": ('2;20/11/2026;"dice "hola" y ya"\r\n', {"a.csv:4": "bad_row"}),
    "wrong encoding": (b"2;20/11/2026;a\xf1o\r\n", {"a.csv:4": "bad_encoding"}),
    "no encoding at all": (b"2;20/11/2026;\xff\xfe\r\n", {"a.csv:4": "bad_encoding"}),
    "NUL": ("2;20/11/2026;a\0b\r\n", {"a.csv:4": "nul"}),
    "10 MB on one line": (f"2;20/11/2026;{'a' * 10_000_000}\r\n", {"a.csv:4": "too_large"}),
    "10 MB on many lines": ('2;20/11/2026;"' + "una línea; con puntos\r\n" * 450_000 + '"\r\n', {"a.csv:4": "too_large"}),
    "nothing but line breaks": ('2;20/11/2026;"' + "\n" * 200_000 + '"\r\n', {"a.csv:4": "too_large"}),
    "10 MB line inside quotes": ('2;20/11/2026;"a\r\n' + "b" * 10_000_000 + '"\r\n', {"a.csv:4": "too_large"}),
    "year 9999": ("2;01/01/9999;hola\r\n", {"a.csv:4": "bad_date"}),
    "empty text": ("2;20/11/2026;\r\n", {"a.csv:4": "empty_text"}),
    "duplicate id": ("1;20/11/2026;otra\r\n", {"a.csv:4": "duplicate_id"}),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_costs_itself_and_not_those_after_it(city: City, tmp_path: Path, name: str) -> None:
    bad, reasons = BAD_ROWS[name]
    rows = ["id;created_at;text\r\n", GOOD_ROW.format(1), bad, *(GOOD_ROW.format(n) for n in range(3, 40))]
    raws, refused = Reader(city, write(tmp_path / "a.csv", rows)).run()
    assert refused == reasons
    assert [raw.native_id for raw in raws] == ["1", *map(str, range(3, 40))]
    assert {raw.text for raw in raws} == {'Una fila año, con "comillas" y\r\nsalto'}


def test_an_open_quote_in_the_last_row_costs_that_row(city: City, tmp_path: Path) -> None:
    raws, refused = Reader(city, write(tmp_path / "a.csv", ["id;created_at;text\n", "1;2026-11-20;a\n", '2;2026-11-20;"b'])).run()
    assert ([raw.native_id for raw in raws], refused) == (["1"], {"a.csv:3": "bad_row"})


def test_empty_lines_are_no_records(city: City, tmp_path: Path) -> None:
    raws, refused = Reader(city, write(tmp_path / "a.jsonl", ["\n", line(1), "  \n", line(2)])).run()
    assert ([raw.native_id for raw in raws], refused) == (["1", "2"], {})


@pytest.mark.parametrize(
    "row",
    [
        "Me llamo Ana García con DNI 12345678Z;24/11/2026;ana@correo.example",
        "Ana García;Bache;Retiro",
        "Ana García;Bache;Ana García",
        "Ana García",
        'Ana García;"Bache',
        "Ana García;Bache;created_at",
    ],
)
def test_a_table_without_column_names_is_told_without_a_word_of_its_first_citizen(city: City, tmp_path: Path, row: str) -> None:
    reader = Reader(city, write(tmp_path / "a.csv", [f"{row}\n", f"{row}\n"]))
    with pytest.raises(SourceError) as told:
        reader.run()
    assert not [word for word in ("Ana", "Bache", "Retiro", "DNI", "12345678Z", "24/11/2026") if word in str(told.value)]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"asunto;fecha\n1;2\n", r"2 columns, of which none are recognised;.*\[sources.archive.columns\]"),
        ("a.csv", b"id;asunto;created_at\n1;2;3\n", "3 columns, of which id, created_at are recognised;"),
        ("a.csv", b"", "is empty"),
        ("a.csv", "id;text;created_at\n1;a;2026-11-20\n".encode("utf-16"), "UTF-16: save it as UTF-8"),
        ("a.csv", b"id;text;text;created_at\n", "columns 2 and 3 have the same name in its first line"),
        ("a.csv", b'"id;text\n', "not a row of column names"),
        ("a.jsonl.gz", gzip.compress(line(1).encode() * 3000)[:-20], "end-of-stream"),
        ("a.jsonl.gz", b"\x1f\x8b" + b"nonsense" * 10, "gzip|compression"),
    ],
    ids=["columns", "one of ours", "empty", "utf-16", "twice", "header", "cut", "nonsense"],
)
def test_a_file_that_cannot_be_read_is_told_after_the_others_were_read(
    city: City, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    bad, good = write(tmp_path / name, [content]), write(tmp_path / "z.jsonl", [line("z")])
    reader = Reader(city, bad, good)
    with pytest.raises(SourceError, match=words) as caught:
        reader.run()
    assert str(bad) in str(caught.value)
    assert "z" in [raw.native_id for page in reader.pages for raw in page.raws]


def test_the_check_tells_what_is_wrong_with_a_file(city: City, tmp_path: Path) -> None:
    bad = write(tmp_path / "a.csv", ["asunto;fecha\n1;2\n"])
    with pytest.raises(SourceError, match="2 columns, of which none are recognised"):
        archive.check(city, archive.Options(files=(str(bad),)), None)
    unreadable = write(tmp_path / "b.jsonl", ["{\n"])
    assert archive.check(city, archive.Options(files=(str(unreadable),)), None) == "b.jsonl: its first record cannot be parsed (bad_json)"
