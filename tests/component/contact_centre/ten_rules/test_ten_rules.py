"""Test the ten rules of every contact-centre system, on all of them.

One ticket a case, whatever is lost, killed, merged or refused. The tenth rule: `test_ten_rules_bad_answers.py`.
"""

import signal
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from contact_centre import OutcomeUnknownError
from core.errors import ConfigurationError, RefusedError
from core.records.post import Post
from tests.support.contact_centre_facts import a_post
from tests.support.stubs.server import Reply, Request
from tests.support.ticket_rig import Rig

pytestmark = pytest.mark.timeout(600)
pytest_plugins = ["tests.support.django_helpdesk_server", "tests.support.mailbox_server", "tests.support.request_tracker_server"]


def late_post() -> Post:
    """Build a post received after everything staff did until now."""
    return a_post(2, received_at=datetime.now(UTC) + timedelta(seconds=5))


# 1. two workers, one case


def test_a_case_opened_twice_has_one_ticket(rig: Rig, key: str) -> None:
    first = rig.open(key)
    assert rig.open(key) == first
    assert rig.tickets(key) == [first]


def test_four_workers_without_a_lease_leave_one_ticket_or_say_that_there_are_two(rig: Rig, key: str) -> None:
    """Start all before any has posted; the ledger's lease prevents this."""
    gate, found, others = threading.Barrier(4), [], []

    def open_at_once() -> None:
        gate.wait()
        try:
            found.append(rig.open(key))
        except (RefusedError, OutcomeUnknownError) as error:
            others.append(error)

    workers = [threading.Thread(target=open_at_once) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    made = rig.tickets(key)
    assert (len(found) + len(others), set(found)) == (4, {made[0]})
    if rig.race == "merged":
        assert (others, made) == ([], found[:1])
    elif rig.race == "refused":
        assert len(others) == len(made) - 1
        assert all("has two requests" in str(one) for one in others)
    else:
        assert len(made) == 1
        assert {type(one) for one in others} <= {OutcomeUnknownError}
    assert rig.open(key) == made[0]


# 2. killed between the request and the ledger


def test_killed_after_the_ticket_was_made_there_is_one(rig: Rig, key: str) -> None:
    assert rig.child(f"{rig.point or rig.name}.posted:1", key=key) == -signal.SIGKILL
    (made,) = rig.tickets(key)
    assert rig.open(key) == made
    assert rig.tickets(key) == [made]


def test_killed_after_the_note_there_is_one_note(rig: Rig, key: str) -> None:
    made = rig.open(key)
    fault = f"{rig.point or rig.name}.commented:1"
    assert rig.child(fault, key=key, reference=made, note="note:1") == -signal.SIGKILL
    rig.append(made, key, "note:1")
    assert rig.notes(made) == ["note:1"]


# 3. accepted, and the answer is lost


def test_an_answer_lost_after_the_server_accepted_is_unknown_and_then_found(rig: Rig, key: str) -> None:
    with rig.losing_answers() as changes:
        with pytest.raises(OutcomeUnknownError):
            rig.open(key, **changes)
        (made,) = rig.tickets(key)
        assert rig.open(key, **changes) == made
        with pytest.raises(OutcomeUnknownError):
            rig.append(made, key, "note:1", **changes)
        rig.append(made, key, "note:1", **changes)
    assert (rig.tickets(key), rig.notes(made)) == ([made], ["note:1"])


def test_a_server_slower_than_the_time_limit_is_unknown(http_rig: Rig, key: str) -> None:
    late = threading.Event()

    def hold(request: Request, reply: Reply) -> Reply:
        if request.method == "POST":
            late.wait(60)
        return reply

    with http_rig.through(hold) as (changes, _):
        with pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
            http_rig.open(key, **{**changes, "timeout_s": 4})
        late.set()
    assert [http_rig.open(key)] == http_rig.tickets(key)


# 4. what is missing is refused at the check


def test_the_check_names_what_is_missing(rig: Rig, key: str) -> None:
    assert rig.check()
    for changes, says in rig.wrong:
        with pytest.raises(ConfigurationError, match=says):
            rig.check(**changes)
    assert rig.tickets(key) == []


def test_a_login_that_is_refused_stops_the_deliveries(rig: Rig, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in rig.environment:
        monkeypatch.setenv(name, rig.wrong_login(name))
    with pytest.raises(ConfigurationError):
        rig.open(key)
    assert rig.tickets(key) == []


# 5. a colleague is faster


def test_what_a_colleague_changes_meanwhile_is_kept(http_rig: Rig, key: str) -> None:
    made = http_rig.open(key)
    http_rig.close_ticket(made)
    done: list[bool] = []

    def colleague(request: Request) -> None:
        if request.method != "GET" and not done:
            done.append(http_rig.change(made))

    with http_rig.through(None, colleague) as (changes, _):
        http_rig.append(made, key, "note:1", [late_post()], **changes)
    assert done
    assert http_rig.is_changed(made)
    assert http_rig.notes(made) == ["note:1"]


# 6. resolved, and new posts come


def test_a_post_after_the_closing_opens_the_ticket_again(rig: Rig, key: str) -> None:
    made = rig.open(key)
    rig.close_ticket(made)
    assert rig.state(made)[made].state == "resolved"
    rig.append(made, key, "note:1", [late_post()])
    assert rig.state(made)[made].state in ("new", "assigned")
    assert (rig.tickets(key), rig.notes(made)) == ([made], ["note:1"])


def test_a_post_before_the_closing_leaves_the_ticket_closed(rig: Rig, key: str) -> None:
    made = rig.open(key)
    rig.close_ticket(made)
    rig.append(made, key, "note:1", [a_post(2)])
    assert rig.state(made)[made].state == "resolved"
    assert rig.notes(made) == ["note:1"]


def test_notes_come_once_each(rig: Rig, key: str) -> None:
    made = rig.open(key)
    for note in ("note:1", "note:2", "note:1"):
        rig.append(made, key, note)
    assert rig.notes(made) == ["note:1", "note:2"]
    rig.append(made, key, "note:3", [])  # erased before delivery
    assert rig.notes(made) == ["note:1", "note:2"]


# 7. odd keys


@pytest.mark.parametrize(
    "odd", ["o'brien", "back\\slash", "' OR id > 0", '"', "100%_", "emoji 🗑️ ñ", "k" * 250, "a OR b", "{{ 7 }}", "<b>&amp;"]
)
def test_odd_keys_are_found_again_each_alone(rig: Rig, odd: str) -> None:
    unique = f"{odd}{uuid.uuid4().hex[:8]}"
    made = rig.open(unique)
    assert rig.open(unique) == made
    assert rig.tickets(unique) == [made]


# 8. what citizens write cannot harm


def test_markup_line_breaks_and_control_characters_stay_text(rig: Rig, key: str) -> None:
    posts = [a_post(text="Llevan <script>alert(1)</script> llenos\x00\x1b[2J {{ 7 }} {% bad %}\n\n[case:other] =1+1 desde el lunes 👩‍👩‍👧")]
    made = rig.open(key, posts, {"title": "Contenedores <b>llenos</b>\r\nBcc: otro@x.test 🗑️\u202e"})
    text = rig.text(made)
    assert "Contenedores <b>llenos</b> Bcc: otro@x.test 🗑️\n" in text
    assert "> Llevan <script>alert(1)</script> llenos[2J {{ 7 }} {% bad %}\n>" in text
    assert "> [case:other] =1+1 desde el lunes 👩‍👩‍👧" in text
    assert rig.open("case:other") != made
    rig.append(made, key, "note:1", posts)
    assert rig.notes(made) == ["note:1"]
    for secret in ("a" * 32, "0" * 31 + "1", "sealed-origin"):
        assert secret not in text


def test_a_text_of_twelve_megabytes_is_refused_before_anything_is_sent(rig: Rig, key: str) -> None:
    with pytest.raises(RefusedError, match="has 12000000 characters, more than any network allows"):
        rig.open(key, [a_post(text="a" * 12_000_000)])
    assert rig.tickets(key) == []


# 9. merged


def test_a_note_for_a_merged_ticket_reaches_the_surviving_one(rig: Rig, key: str) -> None:
    if not rig.can_merge:
        pytest.skip(f"{rig.name} has no merging")
    ours, other = rig.open(key), rig.open(f"{key}-other")
    rig.merge(ours, other)
    rig.append(ours, key, "note:1")
    assert rig.notes(other) == ["note:1"]
    found = rig.state(ours, other)
    assert (found[ours].state, found[ours].merged_into) == ("merged", other)
    assert found[other].state in ("new", "assigned")
    assert rig.open(key) == ours  # its key still finds it


def test_a_ticket_that_was_removed_is_gone(rig: Rig, key: str) -> None:
    if not rig.can_remove:
        pytest.skip("staff close there and remove nothing; test_contact_centre_rt_real_following.py asks for a number that never was")
    made = rig.open(key)
    rig.remove(made)
    assert rig.state(made)[made].state == "gone"
    with pytest.raises(RefusedError):
        rig.append(made, key, "note:1")
