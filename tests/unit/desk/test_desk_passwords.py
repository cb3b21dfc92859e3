"""Which passwords are refused, why in words, and that a good one is not."""

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from zxcvbn import zxcvbn

from core.i18n.translate import translator
from desk.auth import passwords, users
from desk.auth.passwords import COMMON, NAMED, PATTERN, REASONS, TOO_LONG, TOO_SHORT, WEAK, refusal
from desk.http import guard
from desk.pages.admin import accounts
from desk.pages.input import revision
from ledger.system.users import LAST_ADMIN


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", {TOO_SHORT}),
        ("x7$kQpmW2!z", {TOO_SHORT}),
        ("a" * 201, {TOO_LONG}),
        ("aaaaaaaaaaaa", {PATTERN}),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", {PATTERN}),
        ("password1234", {COMMON}),
        ("contraseña12", {COMMON}),
        ("ayuntamiento", {COMMON}),
        ("Ayuntamiento2026", {COMMON}),
        ("qwertyuiop12", {COMMON, PATTERN}),
        ("123456789012", {COMMON, PATTERN}),
        ("abcdefghijkl", {PATTERN}),
        ("madridmadrid", {NAMED}),
        ("M4drid-2026!", {NAMED, COMMON, WEAK}),
        ("rosa.lopez.2026", {NAMED}),
        ("rosalopezrosa", {NAMED}),
        ("septiembre2026", {COMMON}),
        ("AytoMadrid2026", {NAMED}),
        ("Ayuntamiento-de-Madrid-2026", {NAMED}),
        ("Policia.Local.092", {COMMON}),
        ("bienvenido a la oficina", {COMMON}),
        ("admin-root-admin", {COMMON}),
        ("realmadrid1902", {NAMED, COMMON}),
        ("12/03/19851985", {PATTERN}),
    ],
)
def test_what_everybody_would_try_is_refused_with_its_reason(password: str, why: set[str]) -> None:
    assert refusal(password, "rosa.lopez", "Madrid") in why


@pytest.mark.parametrize(
    "password",
    [
        "farola nube sandia 41",
        "una clave larga y rara",
        "x7$kQpmW2!zt",
        "ñandú-cohete-pizarra",
        "lluvia en el andén 7",
        "漢字かなカナ交じり文章二三",
    ],
)
def test_what_nobody_can_foresee_will_do(password: str) -> None:
    assert refusal(password, "rosa.lopez", "Madrid") is None


@pytest.mark.parametrize("password", ["a1" * 100, "ab1!" * 50, "(" * 200, "0" * 199 + "x"])
def test_no_password_costs_more_than_its_first_signs(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of zxcvbn grows with the square of the length; tests/perf/test_hostile_texts.py measures it."""
    measured: list[int] = []

    def counted(start: str, **more: object) -> object:
        measured.append(len(start))
        return zxcvbn(start, **more)

    monkeypatch.setattr(passwords, "zxcvbn", counted)
    refusal(password, "rosa", "Las Palmas de Gran Canaria")
    assert measured == [passwords.RATED_LENGTH]


def test_every_reason_is_said_in_spanish() -> None:
    others = (
        users.BAD_NAME,
        users.BAD_ROLE,
        users.RESERVED_NAME,
        users.WRONG_PASSWORD,
        accounts.DIFFERENT,
        accounts.NO_USERS,
        accounts.TOO_OFTEN,
        revision.NO_VERSION,
        guard.STALE_FORM,
        guard.SESSION_OVER,
        LAST_ADMIN,
        "There is a user of this name already.",
    )
    spanish = translator("es", "desk")
    assert [words for words in (*REASONS, *others) if spanish(words) == words] == []


def test_one_guess_costs_64_mib_and_three_passes(quick_passwords: PasswordHasher) -> None:
    made = extract_parameters(quick_passwords.hash("farola nube sandia 41"))
    assert made.type is Type.ID
    assert (made.memory_cost, made.time_cost) >= (65536, 3)
