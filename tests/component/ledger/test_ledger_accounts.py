"""Sessions, users and the sealed audit log in the ledger, on both databases."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from core.errors import ChangeRefusedError, EscuchaError
from ledger import read, reconciliation
from ledger.cases import corrections, workflow
from ledger.database import Ledger, open_ledger
from ledger.database.writing import writing
from ledger.retention import forget
from ledger.system import audit, sessions, users
from ledger.system.sessions import Limits, Session
from tests.support.ledger_facts import NOW, SALT, opened_case, post, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)

LIMITS = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=10))
MINUTE = timedelta(minutes=1)


def begun(ledger: Ledger, user: str, number: int = 1, now: datetime = NOW) -> Session:
    session = Session(id_hash=f"{user}-{number}", user=user, csrf="t", made_at=now, seen_at=now)
    sessions.begin(ledger, session, LIMITS)
    return session


def found(ledger: Ledger, session: Session, now: datetime = NOW) -> bool:
    return sessions.find(ledger, session.id_hash, now, LIMITS) is not None


@pytest.fixture
def people(ledger: Ledger) -> Ledger:
    for name, role in (("ana", "admin"), ("ben", "agent")):
        users.set_user(ledger, name, "hash", role, NOW)
    return ledger


ENDINGS: dict[str, Callable[[Ledger], object]] = {
    "password": lambda ledger: users.set_password(ledger, "ben", "other", "ben", NOW),
    "password and role": lambda ledger: users.set_user(ledger, "ben", "other", "agent", NOW),
    "role": lambda ledger: users.set_role(ledger, "ben", "reader", "ana", NOW),
    "disabled": lambda ledger: users.set_disabled(ledger, "ben", True, "ana", NOW),
    "removed": lambda ledger: users.remove_user(ledger, "ben", "ana", NOW),
    "revoked": lambda ledger: sessions.revoke(ledger, "ben", None, "ana", NOW),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_changes_a_user_ends_all_sessions_of_this_user_and_no_others(people: Ledger, ending: str) -> None:
    mine, more, hers = begun(people, "ben"), begun(people, "ben", 2), begun(people, "ana")
    assert found(people, mine)
    ENDINGS[ending](people)
    assert [found(people, one) for one in (mine, more, hers)] == [False, False, True]
    assert [one.user for one in sessions.all_of(people, None, NOW, LIMITS)] == ["ana"]


def test_a_session_of_a_disabled_user_does_not_come_back_when_he_is_let_in_again(people: Ledger) -> None:
    mine = begun(people, "ben")
    users.set_disabled(people, "ben", True, "ana", NOW)
    users.set_disabled(people, "ben", False, "ana", NOW)
    assert not found(people, mine)


def test_a_session_ends_when_nobody_is_there_and_after_its_day_whoever_is(people: Ledger) -> None:
    mine = begun(people, "ben")
    assert found(people, mine, NOW + 30 * MINUTE - timedelta(seconds=1))
    assert not found(people, mine, NOW + 30 * MINUTE)
    moment = NOW
    while moment < NOW + timedelta(hours=10) - 20 * MINUTE:
        moment += 20 * MINUTE
        held = sessions.find(people, mine.id_hash, moment, LIMITS)
        assert held is not None
        sessions.mark_seen(people, held, moment)
    assert not found(people, mine, NOW + timedelta(hours=10))


def test_that_somebody_was_seen_is_written_once_a_minute_at_most(people: Ledger) -> None:
    mine = begun(people, "ben")
    sessions.mark_seen(people, mine, NOW + timedelta(seconds=59))
    assert sessions.all_of(people, "ben", NOW, LIMITS)[0].seen_at == NOW
    sessions.mark_seen(people, mine, NOW + MINUTE)
    assert sessions.all_of(people, "ben", NOW, LIMITS)[0].seen_at == NOW + MINUTE


def test_one_can_end_ones_own_session_only(people: Ledger) -> None:
    hers = begun(people, "ana")
    assert sessions.revoke(people, "ben", hers.id_hash, "ben", NOW) == 0
    assert found(people, hers)
    assert sessions.revoke(people, "ana", hers.id_hash, "ana", NOW) == 1
    assert not found(people, hers)


def test_sessions_past_their_limits_are_swept_out(people: Ledger) -> None:
    begun(people, "ben")
    begun(people, "ana", now=NOW + timedelta(hours=1))
    with people.read() as connection:
        assert connection.execute(text("SELECT id_hash FROM sessions")).scalars().all() == ["ana-1"]


TAKEN: dict[str, Callable[[Ledger], object]] = {
    "role": lambda ledger: users.set_role(ledger, "ana", "agent", "ana", NOW),
    "set_user": lambda ledger: users.set_user(ledger, "ana", "h", "reader", NOW),
    "disabled": lambda ledger: users.set_disabled(ledger, "ana", True, "ana", NOW),
    "removed": lambda ledger: users.remove_user(ledger, "ana", "ana", NOW),
}


@pytest.mark.parametrize("taken", TAKEN)
def test_the_last_administrator_stays(people: Ledger, taken: str) -> None:
    with pytest.raises(ChangeRefusedError, match="last administrator"):
        TAKEN[taken](people)
    assert read.user(people, "ana") == read.User(name="ana", password_hash="hash", role="admin")  # noqa: S106
    users.set_user(people, "eva", "hash", "admin", NOW)
    users.set_disabled(people, "eva", True, "ana", NOW)
    with pytest.raises(ChangeRefusedError, match="last administrator"):  # one who cannot log in does not count
        TAKEN[taken](people)
    users.set_disabled(people, "eva", False, "ana", NOW)
    TAKEN[taken](people)


def test_two_administrators_who_remove_each_other_at_once_leave_one(url: str, people: Ledger) -> None:
    for round_ in range(5):
        users.set_user(people, "eva", "hash", "admin", NOW)
        users.set_user(people, "ana", "hash", "admin", NOW)
        together([lambda: removed(url, "ana", "eva"), lambda: removed(url, "eva", "ana")])
        assert [one.role for one in read.users(people)].count("admin") == 1, round_


def removed(url: str, name: str, who: str) -> None:
    ledger = open_ledger(url, SALT)
    try:
        users.remove_user(ledger, name, who, NOW)
    except ChangeRefusedError:
        pass
    finally:
        ledger.close()


def together(jobs: list[Callable[[], None]]) -> None:
    """Run all at the same moment; what fails, fails the test."""
    failed: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def work(job: Callable[[], None]) -> None:
        try:
            start.wait(120)
            job()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


def line(ledger: Ledger) -> tuple[int, int | None]:
    (found,) = [one for one in reconciliation.balance_sheet(ledger, None) if one.name == reconciliation.AUDIT]
    return found.left, found.right


def test_the_chain_holds_with_writers_at_once(url: str, ledger: Ledger) -> None:
    def writes() -> None:
        own = open_ledger(url, SALT)
        for n in range(10):
            audit.log(own, "ana", "export", f"posts {n}", "", NOW)
        own.close()

    together([writes] * 4)
    assert line(ledger) == (40, 40)
    assert unbalanced(ledger) == []


TAMPERED = {
    "changed": "UPDATE audit SET who = 'eva' WHERE id = (SELECT max(id) - 1 FROM audit)",
    "moved in time": "UPDATE audit SET at = '2020-01-01 00:00:00' WHERE id = (SELECT max(id) - 1 FROM audit)",
    "a reason changed": "UPDATE audit SET why = 'x' WHERE id = (SELECT max(id) - 1 FROM audit)",
    "a reason emptied": "UPDATE audit SET why = '' WHERE id = (SELECT max(id) - 1 FROM audit)",
    "deleted": "DELETE FROM audit WHERE id = (SELECT max(id) - 1 FROM audit)",
    "the last deleted": "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
    "the first deleted": "DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)",
    "all deleted": "DELETE FROM audit",
    "added": "INSERT INTO audit (at, who, what, subject, why) VALUES ('2026-11-24 12:00:00', 'eva', 'x', 'y', '')",
    "unsealed": "UPDATE audit SET chain = NULL, why_mac = NULL WHERE id = (SELECT max(id) - 1 FROM audit)",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_log_that_was_tampered_with_shows_in_verify(ledger: Ledger, how: str) -> None:
    for n in range(4):
        audit.log(ledger, "ana", "export", "posts", f"why {n}", NOW)
    assert line(ledger) == (4, 4)
    with writing(ledger) as connection:
        connection.exec_driver_sql(TAMPERED[how])
    assert [one.name for one in unbalanced(ledger)] == [reconciliation.AUDIT]


def test_forgetting_empties_reasons_and_the_chain_holds(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    workflow.change(ledger, key, "answered", "ana", "he wrote: ...", NOW)
    corrections.correct(ledger, post(1).post_id, "topic", "noise", "ana", "it says noise", NOW)
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert [one.why for one in read.audit(ledger)] == ["", ""]
    assert unbalanced(ledger) == []


def test_entries_from_before_the_chain_do_not_break_it(ledger: Ledger) -> None:
    with writing(ledger) as connection:
        connection.exec_driver_sql(TAMPERED["added"])
    audit.log(ledger, "ana", "export", "posts", "", NOW)
    assert line(ledger) == (1, 1)


def test_a_change_whose_audit_fails_is_not_made(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    users.set_user(ledger, "ana", "hash", "admin", NOW)
    key = opened_case(ledger, post(1))
    with writing(ledger) as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE name = 'audit_head'")
    for change in (
        lambda: users.set_user(ledger, "ben", "hash", "agent", NOW),
        lambda: begun(ledger, "ana"),
        lambda: workflow.note(ledger, key, "ana", "x", NOW),
        lambda: corrections.correct(ledger, post(1).post_id, "topic", "noise", "ana", "", NOW),
    ):
        with pytest.raises(EscuchaError, match=r"refused a statement \(NoResultFound\)"):
            change()
    assert [user.name for user in read.users(ledger)] == ["ana"]
    assert sessions.all_of(ledger, None, NOW, LIMITS) == []
    assert (read.notes(ledger, key), read.corrections_of(ledger, post(1).post_id)) == ([], [])
