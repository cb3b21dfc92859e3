"""The archive, read on from where the last run stopped."""

import gzip
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from collectors import archive
from core.config.city import City, load_city
from core.errors import ConfigurationError
from tests.support.archive_files import GOOD_ROW, NOON, ROOT, Reader, budget, line, write, written_at


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities/madrid.toml")


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
def test_half_a_row_without_an_id_is_never_kept_beside_the_whole_one(city: City, tmp_path: Path, before: int, replay: bool) -> None:
    rows = ["created_at;text\n", *(f"2026-11-20;Fila {n}\n" for n in range(before))]
    path = written_at(NOON - timedelta(minutes=1), tmp_path / "a.csv", [*rows, "2026-11-20;Hay un bache en la cal"])
    reader = Reader(city, path, replay=replay)
    assert len(reader.run()[0]) == before
    written_at(NOON + timedelta(minutes=1), path, [*rows, "2026-11-20;Hay un bache en la calle de Alcalá"])
    assert reader.run(now=NOON + timedelta(minutes=2))[0][before if replay else 0 :] == []
    raws, refused = reader.run(now=NOON + timedelta(hours=1))
    assert ([raw.text for raw in raws], refused) == (["Hay un bache en la calle de Alcalá"], {})
    assert reader.run(now=NOON + timedelta(hours=2)) == ([], {})


def test_a_last_row_without_a_line_break_is_read_at_once_where_nobody_writes_any_more(city: City, tmp_path: Path) -> None:
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
    with pytest.raises(ConfigurationError, match=r"no file '.*missing.csv'"):
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


@pytest.mark.slow
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
