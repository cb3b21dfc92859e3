"""Alert people by mail or webhook when a task keeps failing.

The alert is in the city's first language; the same failure is not reported again within the hour.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import httpx

from core.config.city import City
from core.config.settings import Settings
from core.errors import EscuchaError, UnavailableError
from core.i18n.translate import translator
from core.limited_http import LimitedClient
from core.mail_headers import MAIL_POLICY
from core.smtp import send
from core.user_agent import user_agent
from pipeline import context
from pipeline.health.watch_state import AlertVoice

QUIET_FOR = timedelta(hours=1)
"""The same failure is reported once in this time: a source collected every 5 minutes would otherwise send 288 mails a day."""
SETTINGS_QUIET_FOR = timedelta(days=1)
TIMEOUT_S = 10.0


def voice_of(city: City) -> AlertVoice:
    """Return what alerts take from the profile."""
    return AlertVoice(city=city.name, language=city.languages[0], agent=user_agent(city))


def describe_failure(exception: object) -> str:
    """Describe a failure without quoting a post or a key.

    Our own errors are quoted in full; of any other exception only the type is named, because its message may quote a post or a secret.

    >>> describe_failure(UnavailableError("the ledger: PostgreSQL does not answer"))
    'the ledger: PostgreSQL does not answer'
    >>> describe_failure(ValueError("a post"))
    'ValueError'
    """
    if isinstance(exception, EscuchaError):
        return str(exception)
    return type(exception).__name__ if exception is not None else "unknown"


def alert(settings: Settings, city: City, task: str, why: str, run: str, now: datetime) -> bool:
    """Send an alert to the recipients set in the environment.

    Those are `ESCUCHA_ALERT_TO` and `ESCUCHA_ALERT_WEBHOOK`. Returns False when neither is set, or the same failure was reported within
    the hour.

    Raises:
        UnavailableError: no alert could be sent; the next failure sends it.
    """
    sent_note = _due_note(settings, f"{task}\n{why}", now, QUIET_FOR)
    if sent_note is None:
        return False
    subject, text = _failure_text(settings, city, task, why, run)
    _send(settings, voice_of(city), subject, text, task, run, now)
    _note_sent(sent_note, now)
    return True


def report_unused_settings(settings: Settings, city: City, section: str, why: str, now: datetime) -> bool:
    """Report that settings of the desk are not used, once a day.

    Returns False when no recipient is set, or it was reported within the day.

    Raises:
        UnavailableError: no alert could be sent.
    """
    sent_note = _due_note(settings, f"settings {section}\n{why}", now, SETTINGS_QUIET_FOR)
    if sent_note is None:
        return False
    _ = translator(city.languages[0], "escucha")
    subject = _("Escucha {city}: a change of the settings is not used").format(city=city.name)
    text = _(
        "A change of the settings [{section}] that was made on the desk does not fit the profile any more. The values of the profile's "
        "file are used, and everything goes on.\n\nCause: {why}\n\nCorrect or undo the change: {desk}/settings/{section}"
    ).format(section=section, why=why, desk=settings.desk_address)
    _send(settings, voice_of(city), subject, text, f"settings {section}", "", now)
    _note_sent(sent_note, now)
    return True


def report_wrong(settings: Settings, voice: AlertVoice, kind: str, sentences: Sequence[str], names: Sequence[str]) -> None:
    """Report what is wrong, of one kind.

    Args:
        settings: who is alerted, and how.
        voice: city and language; no profile is needed.
        kind: of the alarms.
        sentences: one for each.
        names: of the sources.

    Raises:
        UnavailableError: the alert could not be sent.
    """
    _ = translator(voice.language, "escucha")
    subject, text = {
        "scheduler": (_("Escucha {city}: the scheduler has stopped"), _tasks_overdue(_)),
        "worker": (_("Escucha {city}: posts wait and are not labelled"), _tasks_overdue(_)),
        "source": (_("Escucha {city}: not collected: {names}"), _not_collected(_)),
        "never": (_("Escucha {city}: never collected: {names}"), _not_collected(_)),
        "profile": (
            _("Escucha {city}: the profile cannot be used"),
            _(
                "The profile cannot be used, so no scheduled task starts:\n\n{silent}\n\nCorrect its file, then run `escucha check`. "
                "You will get one more message when it can be used.\n\n{desk}/"
            ),
        ),
        "ledger": (
            _("Escucha {city}: the database cannot be used"),
            _(
                "The database cannot be used, so nothing is collected or answered:\n\n{silent}\n\nYou will get one more message when it "
                "can be used.\n\n{desk}/"
            ),
        ),
    }[kind]
    filled = text.format(silent="\n".join(sentences), desk=settings.desk_address)
    _send(settings, voice, _subject(voice, subject, names), filled, _about(kind, names), "")


def report_over(settings: Settings, voice: AlertVoice, kind: str, sentences: Sequence[str], names: Sequence[str]) -> None:
    """Report that what was wrong is over; arguments as above.

    Raises:
        UnavailableError: the alert could not be sent.
    """
    _ = translator(voice.language, "escucha")
    subject, text = {
        "scheduler": (
            _("Escucha {city}: the scheduler is running again"),
            _("The scheduled tasks are running again.\n\nOverdue were: {was}\n\n{desk}/"),
        )
    }.get(
        kind,
        (
            _("Escucha {city}: collected again: {names}") if names[0] else _("Escucha {city}: works again"),
            _("This is over: {was}\n\n{desk}/"),
        ),
    )
    filled = text.format(was="; ".join(sentences), desk=settings.desk_address)
    _send(settings, voice, _subject(voice, subject, names), filled, _about(kind, names), "")


def _tasks_overdue(_: Callable[[str], str]) -> str:
    return _(
        "These scheduled tasks are overdue:\n\n{silent}\n\nCheck that the server is up and that Airflow is running. "
        "No post is lost that its network still serves; cases and drafts stay pending. "
        "You will get one more message when the tasks run again.\n\n{desk}/"
    )


def _not_collected(_: Callable[[str], str]) -> str:
    return _(
        "These sources are not collected:\n\n{silent}\n\nThe scheduler itself is running. Is a source paused in Airflow, or does its task "
        "fail? `escucha check` says more. You will get one more message when they are collected again.\n\n{desk}/sources"
    )


def _subject(voice: AlertVoice, template: str, names: Sequence[str]) -> str:
    return " ".join(template.format(city=voice.city, names=", ".join(names)).replace(" :", ":").split())


def _about(kind: str, names: Sequence[str]) -> str:
    return " ".join((kind, *filter(None, names)))


def _send(settings: Settings, voice: AlertVoice, subject: str, text: str, task: str, run: str, now: datetime | None = None) -> None:
    """Send by every channel configured in the environment; do nothing without one."""
    failures: list[str] = []
    if settings.alert_to:
        _try(failures, lambda: send(settings.smtp_url, _mail(settings, subject, text, now or context.now())))
    if settings.alert_webhook is not None:
        _try(failures, lambda: _post(settings, voice.agent, subject, text, task, run))
    if failures:
        raise UnavailableError(f"alert about {task}: {'; '.join(failures)}")


def _failure_text(settings: Settings, city: City, task: str, why: str, run: str) -> tuple[str, str]:
    _ = translator(city.languages[0], "escucha")
    subject = _("Escucha {city}: {task} failed").format(city=city.name, task=task)
    text = _(
        "The task {task} failed and will not be retried automatically.\n\nCause: {why}\nRun: {run}\n\n"
        "The DAG's page in Airflow explains what to do. No data is lost: unfinished work stays pending.\n"
        "The same failure is reported again after one hour at the earliest.\n\n{desk}/"
    ).format(task=task, why=why, run=run, desk=settings.desk_address)
    return subject, text


def _mail(settings: Settings, subject: str, text: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = settings.mail_from
    mail["To"] = settings.alert_to
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def _post(settings: Settings, agent: str, subject: str, text: str, task: str, run: str) -> None:
    """Post to the webhook.

    Mattermost, Rocket.Chat and Slack show `text`; the other fields are for programs.
    """
    address = settings.alert_webhook.get_secret_value() if settings.alert_webhook else ""
    body = {"text": f"{subject}\n{text}", "task": task, "run": run}
    try:
        with LimitedClient(TIMEOUT_S, headers={"User-Agent": agent}) as client:
            client.post(address, json=body).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its message may quote the address, which is a secret
        raise UnavailableError(f"ESCUCHA_ALERT_WEBHOOK: {type(error).__name__}") from None


def _try(failures: list[str], channel: Callable[[], None]) -> None:
    """Try one channel; its failure must not stop the other."""
    try:
        channel()
    except EscuchaError as error:
        failures.append(str(error))


def _due_note(settings: Settings, what: str, now: datetime, quiet_for: timedelta) -> Path | None:
    """Return the file that notes an alert, if the alert is due.

    None: no recipient is set, or it was sent less than `quiet_for` ago.
    """
    if not settings.alert_to and settings.alert_webhook is None:
        return None
    note = settings.home.resolve() / "run" / "alerts" / hashlib.sha256(what.encode()).hexdigest()[:32]
    sent = note.exists() and now - datetime.fromisoformat(note.read_text()) < quiet_for
    return None if sent else note


def _note_sent(sent_note: Path, now: datetime) -> None:
    sent_note.parent.mkdir(parents=True, exist_ok=True)
    sent_note.write_text(now.isoformat(), encoding="utf-8")
