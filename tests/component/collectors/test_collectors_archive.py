"""The archive: a council's own files, good and bad, read on from where the last run stopped."""

import csv
import gzip
import json
import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from collectors import archive
from core.config import plugins
from core.config.city import City, load_city
from core.errors import ConfigurationError, SourceError
from core.post import Raw, Rejected
from tests.support.archive_files import NOON, ROOT, Reader, budget, line, write, written_at


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities/madrid.toml")


# -- what a good file gives ------------------------------------------------------------------------------------------


def test_all_documented_columns_arrive(city: City, tmp_path: Path) -> None:
    told = {
        "id": "7", "title": "Farola", "text": "Está rota", "created_at": "2026-11-20 10:50", "author": "a1", "handle": "@paco",
        "kind": "reply", "thread": "5", "reply_to": "6", "url": "https://example.org/7", "language": "es",
        "edited_at": "2026-11-20T12:00:00Z", "colour": "red",
    }  # fmt: skip
    raws, refused = Reader(city, write(tmp_path / "a.jsonl", [json.dumps(told)])).run()
    assert refused == {}
    assert raws == [
        Raw(
            source="archive",
            native_id="7",
            text="Farola. Está rota",
            created_at=datetime(2026, 11, 20, 9, 50, tzinfo=UTC),
            received_at=NOON,
            author_id="a1",
            handle="@paco",
            kind="reply",
            thread_id="5",
            reply_to="6",
            url="https://example.org/7",
            language="es",
            edited_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
            place="a.jsonl:1",
        )
    ]


def test_only_authors_that_the_profile_names_are_the_citys_own(city: City, tmp_path: Path) -> None:
    lines = [line(1, author="17"), line(2, author="18", handle="AytoMadrid"), line(3, handle="@MADRID"), line(4)]
    raws, _ = Reader(city, write(tmp_path / "a.jsonl", lines), own=["17", "AytoMadrid"]).run()
    assert [raw.own for raw in raws] == [True, True, False, False]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("id;created_at;text\r\n1;20/11/2026;Una ñ\r\n".encode(), "Una ñ"),
        ("id,created_at,text\n1,2026-11-20,Una ñ".encode(), "Una ñ"),
        ("\ufeffid\tcreated_at\ttext\n1\t2026-11-20\tUna ñ\n".encode(), "Una ñ"),
        ("id|created_at|text\n1|2026-11-20|Una ñ\n".encode(), "Una ñ"),
        ("id;created_at;text\r\n1;20/11/2026;Una ñ\r\n".encode("cp1252"), "Una ñ"),
        (
            '"id","created_at","text"\n"1","2026-11-20","dice ""hola"", y\nse va; sí"\n'.encode(),
            'dice "hola", y\nse va; sí',
        ),
        (gzip.compress("id;created_at;text\n1;20/11/2026;Una ñ\n".encode()), "Una ñ"),
    ],
    ids=["semicolon-crlf", "comma", "tab-bom", "bar", "windows-1252", "quoted", "gzip"],
)
def test_the_way_a_csv_is_written_is_found_out(city: City, tmp_path: Path, content: bytes, text: str) -> None:
    raws, refused = Reader(city, write(tmp_path / "a.csv", [content])).run()
    assert [raw.text for raw in raws] == [text]
    assert refused == {}


def test_columns_with_other_names_are_named_in_the_profile(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["Nº;Fecha;Mensaje\n1;20/11/2026;Hola\n"])
    raws, _ = Reader(city, path, columns={"id": "Nº", "created_at": "Fecha", "text": "Mensaje"}).run()
    assert [(raw.native_id, raw.text) for raw in raws] == [("1", "Hola")]


def test_a_record_without_id_gets_the_same_id_each_time(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["created_at;text\n20/11/2026;Hola\n20/11/2026;Adiós\n"])
    first, _ = Reader(city, path).run()
    second, _ = Reader(city, path).run()
    assert [raw.native_id for raw in first] == [raw.native_id for raw in second]
    assert len({raw.native_id for raw in first}) == 2


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-20", "2026-11-19T23:00:00+00:00"),
        ("20/11/2026", "2026-11-19T23:00:00+00:00"),
        ("20/11/2026 9:05", "2026-11-20T08:05:00+00:00"),
        ("1/7/2026 09:05:06", "2026-07-01T07:05:06+00:00"),
        ("2026-11-20T10:50:19", "2026-11-20T09:50:19+00:00"),
        ("2026-11-20T10:50:19Z", "2026-11-20T10:50:19+00:00"),
        ("2026-11-20 10:50:19 +0100", "2026-11-20T09:50:19+00:00"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),  # the hour that comes twice: the first time
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),  # the hour that does not exist
    ],
)
def test_dates_are_understood_and_are_the_citys_when_they_name_no_zone(
    city: City, tmp_path: Path, written: str, moment: str
) -> None:
    raws, refused = Reader(city, write(tmp_path / "a.jsonl", [line(1, created_at=written)])).run()
    assert (refused, [raw.created_at.isoformat() for raw in raws]) == ({}, [moment])


def test_another_zone_can_be_named(city: City, tmp_path: Path) -> None:
    raws, _ = Reader(city, write(tmp_path / "a.jsonl", [line(1)]), timezone="Atlantic/Canary").run()
    assert raws[0].created_at == datetime(2026, 11, 20, 10, 50, 19, tzinfo=UTC)


def test_a_consul_portal_export_is_read(city: City, tmp_path: Path) -> None:
    """`;`, every field quoted, CRLF, two date formats in one file, HTML, ids with holes."""
    rows = (
        '"id";"title";"description";"cached_votes_up";"created_at";"retired_at"\r\n'
        '"35573";"Metro accesible";"<p>Sin ascensor &amp; sin rampa.</p>\r\n<ul><li>Uno; dos</li></ul>";"15";"01/01/2024";""\r\n'
        '"35580";"mirador en plaza castilla";"";"0";"02/01/2024";"2024-03-05 10:50:19 +0100"\r\n'
    )
    raws, refused = Reader(
        city, write(tmp_path / "proposals.csv", [rows]), link="https://decide.madrid.es/proposals/{id}"
    ).run()
    assert refused == {}
    assert [(raw.native_id, raw.kind, raw.thread_id, raw.text, raw.url) for raw in raws] == [
        ("proposal:35573", "post", "proposal:35573", "Metro accesible. Sin ascensor & sin rampa.\nUno; dos", "https://decide.madrid.es/proposals/35573"),
        ("proposal:35580", "post", "proposal:35580", "mirador en plaza castilla", "https://decide.madrid.es/proposals/35580"),
    ]  # fmt: skip
    assert raws[0].created_at == datetime(2023, 12, 31, 23, tzinfo=UTC)


def test_the_consul_research_dump_is_read(city: City, tmp_path: Path) -> None:
    """Unnamed index column, an empty text with a summary, `0 days 10:50:19`, parent -1 for the proposal itself."""
    write(
        tmp_path / "proposals.csv",
        [
            ",id,url,code,title,userId,date,summary,text,numComments,status,numSupports,isAssociation\n"
            "0,7,https://decide.madrid.es/proposals/7-x,MAD-2015-09-7,Limpiar las calles,9884,2015-09-15,"
            '"Algo básico, limpiar.",,188,open,6560,False\n'
        ],
    )
    write(
        tmp_path / "comments.csv",
        [
            ",id,parentId,proposalId,page,userId,userType,date,time,text,numVotes,numPositiveVotes,numNegativeVotes\n"
            '0,17092,-1,7,1,2780,,2015-09-15,0 days 10:50:19,"Pero si esto está ya, y es prioridad.",1,1,0\n'
            "1,17107,17092,7,1,10016,Autor,2015-09-15,0 days 11:07:10,No termina de cumplirse.,1,1,0\n"
        ],
    )
    raws, refused = Reader(city, tmp_path / "*.csv").run()
    assert refused == {}
    assert [
        (raw.native_id, raw.kind, raw.author_id, raw.thread_id, raw.reply_to, raw.created_at.isoformat())
        for raw in raws
    ] == [
        ("comment:17092", "comment", "2780", "proposal:7", "proposal:7", "2015-09-15T08:50:19+00:00"),
        ("comment:17107", "comment", "10016", "proposal:7", "comment:17092", "2015-09-15T09:07:10+00:00"),
        ("proposal:7", "post", "9884", "proposal:7", None, "2015-09-14T22:00:00+00:00"),
    ]
    assert raws[2].text == "Limpiar las calles. Algo básico, limpiar."
    assert raws[2].url == "https://decide.madrid.es/proposals/7-x"


def test_a_csv_written_by_python_comes_back_whole(city: City, tmp_path: Path) -> None:
    """Round trip of nasty texts through the csv module's own writer."""
    chance = random.Random(7)  # noqa: S311
    pieces = ['"', ";", ",", "\n", "\r\n", "a", "ñ", "🙂", " ", "'", "\\", "\t", "|"]
    texts = ["x" + "".join(chance.choice(pieces) for _ in range(chance.randrange(40))) + "x" for _ in range(500)]
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        rows.writerow(["id", "created_at", "text"])
        rows.writerows([n, "2026-11-20", text] for n, text in enumerate(texts))
    raws, refused = Reader(city, path).run()
    assert refused == {}
    assert [raw.text for raw in raws] == texts


# -- bad input: recorded with its place and reason, and the rest goes on ----------------------------------------------

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
}  # fmt: skip


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


GOOD_ROW = '{};20/11/2026;"Una fila año, con ""comillas"" y\r\nsalto"\r\n'
BAD_ROWS: dict[str, tuple[str | bytes, dict[str, str]]] = {
    "too few cells": ("2;20/11/2026\r\n", {"a.csv:4": "bad_row"}),
    "too many cells": ("2;20/11/2026;hola;adiós\r\n", {"a.csv:4": "bad_row"}),
    "open quote": ('2;20/11/2026;"sin cerrar\r\n', {"a.csv:4": "bad_row"}),
    "quote in the middle": ('2;20/11/2026;"dice "hola" y ya"\r\n', {"a.csv:4": "bad_row"}),
    "wrong encoding": (b"2;20/11/2026;a\xf1o\r\n", {"a.csv:4": "bad_encoding"}),
    "no encoding at all": (b"2;20/11/2026;\xff\xfe\r\n", {"a.csv:4": "bad_encoding"}),
    "NUL": ("2;20/11/2026;a\0b\r\n", {"a.csv:4": "nul"}),
    "10 MB on one line": (f"2;20/11/2026;{'a' * 10_000_000}\r\n", {"a.csv:4": "too_large"}),
    "10 MB on many lines": (
        '2;20/11/2026;"' + "una línea; con puntos\r\n" * 450_000 + '"\r\n',
        {"a.csv:4": "too_large"},
    ),
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
    raws, refused = Reader(
        city, write(tmp_path / "a.csv", ["id;created_at;text\n", "1;2026-11-20;a\n", '2;2026-11-20;"b'])
    ).run()
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
def test_a_table_without_column_names_is_told_without_a_word_of_its_first_citizen(
    city: City, tmp_path: Path, row: str
) -> None:
    reader = Reader(city, write(tmp_path / "a.csv", [f"{row}\n", f"{row}\n"]))
    with pytest.raises(SourceError) as told:
        reader.run()
    assert not [
        word for word in ("Ana", "Bache", "Retiro", "DNI", "12345678Z", "24/11/2026") if word in str(told.value)
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"asunto;fecha\n1;2\n", r"2 columns, of which we know none;.*\[sources.archive.columns\]"),
        ("a.csv", b"id;asunto;created_at\n1;2;3\n", "3 columns, of which we know id, created_at;"),
        ("a.csv", b"", "is empty"),
        ("a.csv", "id;text;created_at\n1;a;2026-11-20\n".encode("utf-16"), "UTF-16: save it as UTF-8"),
        ("a.csv", b"id;text;text;created_at\n", "columns 2 and 3 are called the same in its first line"),
        ("a.csv", b'"id;text\n', "not a row of column names"),
        ("a.jsonl.gz", gzip.compress(line(1).encode() * 3000)[:-20], "end-of-stream"),
        ("a.jsonl.gz", b"\x1f\x8b" + b"nonsense" * 10, "gzip|compression"),
    ],
    ids=["columns", "one of ours", "empty", "utf-16", "twice", "header", "cut", "nonsense"],
)  # fmt: skip
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
    with pytest.raises(SourceError, match="2 columns, of which we know none"):
        archive.check(city, archive.Options(files=(str(bad),)), None)
    unreadable = write(tmp_path / "b.jsonl", ["{\n"])
    assert (
        archive.check(city, archive.Options(files=(str(unreadable),)), None)
        == "b.jsonl: its first record cannot be read (bad_json)"
    )


# -- reading on ------------------------------------------------------------------------------------------------------


def test_pages_of_500_each_with_the_cursor_after_it(city: City, tmp_path: Path) -> None:
    reader = Reader(city, write(tmp_path / "a.jsonl", (line(n) for n in range(1201))))
    raws, _ = reader.run()
    assert [len(page.raws) for page in reader.pages] == [500, 500, 201]
    assert [raw.native_id for raw in raws] == [str(n) for n in range(1201)]


@pytest.mark.parametrize("packed", [False, True])
def test_after_any_page_reading_goes_on_where_it_stopped(city: City, tmp_path: Path, packed: bool) -> None:
    content = "".join(line(n) for n in range(1201)).encode()
    reader = Reader(city, write(tmp_path / "a.jsonl", [gzip.compress(content) if packed else content]))
    got = [raw.native_id for _ in range(4) for raw in reader.run(pages=1)[0]]
    assert got == [str(n) for n in range(1201)]
    assert reader.run() == ([], {})


def test_rows_over_several_lines_are_read_on_too(city: City, tmp_path: Path) -> None:
    rows = ["id;created_at;text\r\n", *(GOOD_ROW.format(n) for n in range(700))]
    reader = Reader(city, write(tmp_path / "a.csv", rows))
    assert [len(reader.run(pages=1)[0]) for _ in range(3)] == [500, 200, 0]


def test_what_is_appended_is_read_on(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [line(1), line(2)])
    reader = Reader(city, path)
    reader.run()
    write(path, [line(1), line(2), line(3)])
    assert [raw.native_id for raw in reader.run()[0]] == ["3"]


def test_a_changed_file_is_read_again_from_its_start(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [line(1), line(2)])
    reader = Reader(city, path)
    reader.run()
    write(path, [line(1, "Otro texto"), line(2), line(3)])
    assert [raw.native_id for raw in reader.run()[0]] == ["1", "2", "3"]


def test_a_change_that_leaves_the_length_alone_is_seen_too(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [line(1, "uno"), line(2)])
    reader = Reader(city, path)
    reader.run()
    write(path, [line(1, "dos"), line(2)])
    assert reader.run()[0][0].text == "dos"


def test_a_file_that_was_only_touched_is_not_read_again(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [line(1)])
    reader = Reader(city, path)
    reader.run()
    path.touch()
    assert reader.run() == ([], {})


def test_a_line_still_being_written_is_read_when_it_is_whole(city: City, tmp_path: Path) -> None:
    whole = line(2, "Una frase entera")
    path = write(tmp_path / "a.jsonl", [line(1), whole[:30]])
    reader = Reader(city, path)
    assert reader.run()[1] == {"a.jsonl:2": "bad_json"}
    write(path, [line(1), whole])
    raws, refused = reader.run()
    assert ([raw.text for raw in raws], refused) == (["Una frase entera"], {})


@pytest.mark.parametrize("replay", [False, True])
@pytest.mark.parametrize("before", [0, 499, 500])
def test_half_a_row_without_an_id_is_never_kept_beside_the_whole_one(
    city: City, tmp_path: Path, before: int, replay: bool
) -> None:
    rows = ["created_at;text\n", *(f"2026-11-20;Fila {n}\n" for n in range(before))]
    path = written_at(NOON - timedelta(minutes=1), tmp_path / "a.csv", [*rows, "2026-11-20;Hay un bache en la cal"])
    reader = Reader(city, path, replay=replay)
    assert len(reader.run()[0]) == before
    written_at(NOON + timedelta(minutes=1), path, [*rows, "2026-11-20;Hay un bache en la calle de Alcalá"])
    assert reader.run(now=NOON + timedelta(minutes=2))[0][before if replay else 0 :] == []
    raws, refused = reader.run(now=NOON + timedelta(hours=1))
    assert ([raw.text for raw in raws], refused) == (["Hay un bache en la calle de Alcalá"], {})
    assert reader.run(now=NOON + timedelta(hours=2)) == ([], {})


def test_a_last_row_without_a_line_break_is_read_at_once_where_nobody_writes_any_more(
    city: City, tmp_path: Path
) -> None:
    rows = ["created_at;text\n", "2026-11-20;a\n", "2026-11-20;b"]
    for moment in (NOON - timedelta(hours=1), NOON + timedelta(days=400)):  # the second one is a clock that is wrong
        path = written_at(moment, tmp_path / f"{moment.date()}.csv", rows)
        assert [raw.text for raw in Reader(city, path).run()[0]] == ["a", "b"]


def test_a_repeated_id_is_noticed_also_after_a_restart(city: City, tmp_path: Path) -> None:
    reader = Reader(city, write(tmp_path / "a.jsonl", [*(line(n) for n in range(600)), line(3)]))
    reader.run(pages=1)
    assert reader.run()[1] == {"a.jsonl:601": "duplicate_id"}


def test_new_files_in_a_folder_are_found(city: City, tmp_path: Path) -> None:
    reader = Reader(city, tmp_path / "*.jsonl")
    assert reader.run() == ([], {})
    write(tmp_path / "a.jsonl", [line(1)])
    assert len(reader.run()[0]) == 1
    write(tmp_path / "b.jsonl", [line(2)])
    assert [raw.native_id for raw in reader.run()[0]] == ["2"]


def test_a_path_that_leads_nowhere_is_refused_before_anything_is_read(city: City, tmp_path: Path) -> None:
    reader = Reader(city, write(tmp_path / "a.jsonl", [line(1)]), tmp_path / "missing.csv")
    with pytest.raises(ConfigurationError, match=r"there is no file '.*missing.csv'"):
        reader.run()
    assert reader.pages == []


def test_paths_are_looked_for_in_the_checkout_and_beside_the_profile(city: City, tmp_path: Path) -> None:
    moved = city.model_copy(update={"path": tmp_path / "town.toml"})
    write(tmp_path / "a.jsonl", [line(1)])
    assert len(Reader(moved, "a.jsonl").run()[0]) == 1
    assert (
        archive.check(moved, archive.Options(files=("samples/decide_madrid.jsonl.gz",)), None)
        == "decide_madrid.jsonl.gz: begins 2015-09-15"
    )


def test_memory_stays_flat_however_long_the_file(city: City, tmp_path: Path) -> None:
    """10 times the file (30 MB against 3 MB) must not cost more than twice the memory; ids kept are bounded beside."""

    def peak(posts: int) -> int:
        path = write(tmp_path / f"{posts}.jsonl", (line(n, "a" * 3000) for n in range(posts)))
        options = archive.Options(files=(str(path),))
        tracemalloc.start()
        read = sum(len(page.raws) for page in archive.collect(city, options, None, None, budget()))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert read == posts
        return found

    assert peak(10_000) < 2 * peak(1_000)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"files": []}, "at least 1"),
        ({}, "key 'files' is missing"),
        ({"files": ["a"], "colour": 1}, r"unknown key 'colour' \(allowed: every, quiet_after, pages, files"),
        ({"files": ["a"], "timezone": "Madrid"}, "not a time zone"),
        ({"files": ["a"], "columns": {"texto": "a"}}, "unknown column texto; ours are: id, text"),
        ({"files": ["a"], "encoding": "ebcdic"}, "'auto', 'utf-8'"),
    ],
)
def test_a_wrong_table_in_the_profile_is_refused_with_what_is_allowed(table: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        plugins.load_options("collectors", "archive", table, "town.toml: [sources.archive]")


def test_options_are_never_changed_after_loading() -> None:
    with pytest.raises(ValidationError):
        archive.Options(files=("a",)).replay = True  # type: ignore[misc]


def test_nobody_deletes_from_an_archive(city: City) -> None:
    assert archive.gone(city, archive.Options(files=("a",)), None, ["1"], budget()) == {}
