"""What a language lacks is listed and added once; what is wrong in it is named."""

from pathlib import Path

import pytest

from workshop import translations

SPANISH = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Save"
msgstr "Guardar"

msgid "no user {name}"
msgstr "no existe {name}"

msgid "{n} case"
msgid_plural "{n} cases"
msgstr[0] "{n} caso"
msgstr[1] "{n} casos"

msgid "say “yes” or \\"no\\"\\nthen send"
msgstr "diga «sí» o «no»"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "desk.po").write_text(SPANISH)
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    return tmp_path


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["translations", *arguments])
    return translations.main()


def test_a_new_language_gets_every_text_once_with_the_plural_forms_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command(monkeypatch, "pl", "--add") == 0
    begun = (folder / "pl" / "desk.po").read_text()
    assert begun.count("msgid ") == 5  # the header and four texts
    assert 'msgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n' in begun
    assert command(monkeypatch, "pl", "--add") == 0
    assert (folder / "pl" / "desk.po").read_text() == begun
    assert len(translations.missing("pl", "desk")) == 4


def test_what_is_missing_is_listed_and_what_is_there_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "gl").mkdir()
    (folder / "gl" / "desk.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Save"\nmsgstr "Gardar"\n'
    )
    assert command(monkeypatch, "gl", "--add") == 0
    said = capsys.readouterr().out
    assert said.splitlines()[:3] == ["gl/desk.po: 1 of 4 translated", "  missing: no user {name}", "  missing: {n} case"]
    assert (folder / "gl" / "desk.po").read_text().count('msgid "Save"\nmsgstr "Gardar"') == 1


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "no user {name}"\nmsgstr "no hi ha {nom}"', "keep the fields as they are: no user {name}"),
        ('msgid "Delete"\nmsgstr "Esborra"', "left over, no text of Escucha: Delete"),
        ('msgid "{n} case"\nmsgid_plural "{n} cases"\nmsgstr[0] "{n} cas"\nmsgstr[1] ""', "needs 2 plural forms: {n} case"),
    ],
)
def test_a_wrong_translation_fails_the_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], entry: str, fault: str
) -> None:
    (folder / "ca").mkdir()
    (folder / "ca" / "desk.po").write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{entry}\n')
    assert command(monkeypatch) == 1
    assert f"  wrong: {fault}\n" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["es", "en", "xx"])
def test_a_language_that_cannot_be_added_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        command(monkeypatch, language, "--add")
    assert ended.value.code == 2
    assert f"'{language}' is no language that can be added" in capsys.readouterr().err
