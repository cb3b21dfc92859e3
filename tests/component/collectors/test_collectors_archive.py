"""The archive: a council's own files, good and bad, read on from where the last run stopped."""

import csv
import gzip
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from collectors import archive
from core.config import plugins
from core.config.city import City, load_city
from core.errors import ConfigurationError
from core.records.post import Raw
from tests.support.archive_files import NOON, ROOT, Reader, budget, line, write


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities/madrid.toml")


# -- what a good file gives ------------------------------------------------------------------------------------------


def test_all_documented_columns_arrive(city: City, tmp_path: Path) -> None:
    told = {
        "id": "7",
        "title": "Farola",
        "text": "Está rota",
        "created_at": "2026-11-20 10:50",
        "author": "a1",
        "handle": "@paco",
        "kind": "reply",
        "thread": "5",
        "reply_to": "6",
        "url": "https://example.org/7",
        "language": "es",
        "edited_at": "2026-11-20T12:00:00Z",
        "colour": "red",
    }
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
            style="platform",
            edited_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
            place="a.jsonl:1",
        )
    ]


def test_only_authors_that_the_profile_names_are_the_citys_own(city: City, tmp_path: Path) -> None:
    lines = [line(1, author="17"), line(2, author="18", handle="AytoMadrid"), line(3, handle="@MADRID"), line(4)]
    raws, _ = Reader(city, write(tmp_path / "a.jsonl", lines), own=["17", "AytoMadrid"]).run()
    assert [raw.own for raw in raws] == [True, True, False, False]


@pytest.mark.parametrize(
    ("told", "style"),
    [
        ({"text": "aquí también, y van dos días", "reply_to": "6"}, "network"),
        ({"text": "Farola fundida en Embajadores 190", "kind": "reply"}, "network"),
        ({"text": "Más bancos en el parque", "title": "Bancos"}, "platform"),
        ({"text": "Totalmente de acuerdo", "kind": "comment", "reply_to": "6"}, "platform"),
        ({"text": "@MADRID la farola de siempre", "kind": "comment"}, "network"),
        ({"text": "Muy señores míos: " + "les escribo por la acera de mi calle. " * 12}, "network"),
        ({"text": "Muy señores míos: " + "les escribo por la acera de mi calle. " * 13}, "letter"),
    ],
)
def test_each_record_tells_how_people_write_there(city: City, tmp_path: Path, told: dict[str, str], style: str) -> None:
    record = json.dumps({"id": "7", "created_at": "2026-11-20"} | told)
    path = write(tmp_path / "a.jsonl", [record])
    assert [raw.style for raw in Reader(city, path).run()[0]] == [style]
    assert [raw.style for raw in Reader(city, path, style="letter").run()[0]] == ["letter"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("id;created_at;text\r\n1;20/11/2026;Una ñ\r\n".encode(), "Una ñ"),
        ("id,created_at,text\n1,2026-11-20,Una ñ".encode(), "Una ñ"),
        ("\ufeffid\tcreated_at\ttext\n1\t2026-11-20\tUna ñ\n".encode(), "Una ñ"),
        ("id|created_at|text\n1|2026-11-20|Una ñ\n".encode(), "Una ñ"),
        ("id;created_at;text\r\n1;20/11/2026;Una ñ\r\n".encode("cp1252"), "Una ñ"),
        ('"id","created_at","text"\n"1","2026-11-20","dice ""hola"", y\nse va; sí"\n'.encode(), 'dice "hola", y\nse va; sí'),
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
def test_dates_are_understood_and_are_the_citys_when_they_name_no_zone(city: City, tmp_path: Path, written: str, moment: str) -> None:
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
    raws, refused = Reader(city, write(tmp_path / "proposals.csv", [rows]), link="https://decide.madrid.es/proposals/{id}").run()
    assert refused == {}
    assert [(raw.native_id, raw.kind, raw.thread_id, raw.text, raw.url) for raw in raws] == [
        (
            "proposal:35573",
            "post",
            "proposal:35573",
            "Metro accesible. Sin ascensor & sin rampa.\nUno; dos",
            "https://decide.madrid.es/proposals/35573",
        ),
        ("proposal:35580", "post", "proposal:35580", "mirador en plaza castilla", "https://decide.madrid.es/proposals/35580"),
    ]
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
    assert [(raw.native_id, raw.kind, raw.author_id, raw.thread_id, raw.reply_to, raw.created_at.isoformat()) for raw in raws] == [
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


# -- profile -----------------------------------------------------------------------------------------------------------


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
    assert archive.find_deleted(city, archive.Options(files=("a",)), None, ["1"], budget()) == {}
