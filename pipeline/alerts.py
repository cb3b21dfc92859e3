"""Tells people by mail or web hook that a task stays red, in their language, and not again within the hour."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import httpx

from core.config.city import City
from core.config.settings import Settings
from core.errors import EscuchaError, UnavailableError
from core.i18n.translate import translator
from core.user_agent import user_agent
from pipeline import context
from reports.output.smtp import send

QUIET_FOR = timedelta(hours=1)
"""The same fault is told once in this time: a source read every 5 minutes would else send 288 mails a day."""
TIMEOUT_S = 10


def reason(exception: object) -> str:
    """What may be said about a failure: our own errors in full, of others' only the kind, for their words may quote a post or a key."""
    if isinstance(exception, EscuchaError):
        return str(exception)
    return type(exception).__name__ if exception is not None else "unknown"


def alert(settings: Settings, city: City, task: str, why: str, run: str, now: datetime) -> bool:
    """Tell it where the environment says (`ESCUCHA_ALERT_TO`, `ESCUCHA_ALERT_WEBHOOK`); False when nothing is set or it was told already.

    Raises:
        UnavailableError: nobody could be told now; it is told with the next failure.
    """
    if not settings.alert_to and settings.alert_webhook is None:
        return False
    told = settings.home.resolve() / "run" / "alerts" / hashlib.sha256(f"{task}\n{why}".encode()).hexdigest()[:32]
    if told.exists() and now - datetime.fromisoformat(told.read_text()) < QUIET_FOR:
        return False
    subject, text = _words(settings, city, task, why, run)
    _send(settings, city, subject, text, task, run, now)
    _note(told, now)
    return True


def tell_silence(settings: Settings, city: City, silent: Sequence[str]) -> None:
    """Tell that the scheduler is silent, or that a source is not read any more.

    Raises:
        UnavailableError: nobody could be told now.
    """
    _ = translator(city.languages[0], "escucha")
    text = _(
        "What should happen every few minutes does not happen any more:\n\n{silent}\n\nIs the machine well, and does Airflow run? "
        "No post is lost that its network still gives; cases and drafts wait. You are told once more when it is over.\n\n{desk}/"
    ).format(silent="\n".join(silent), desk=settings.desk_address)
    _send(settings, city, _("Escucha {city}: the scheduler is silent").format(city=city.name), text, "scheduler", "")


def tell_silence_over(settings: Settings, city: City, was: str) -> None:
    """Tell that the scheduler is back.

    Raises:
        UnavailableError: nobody could be told now.
    """
    _ = translator(city.languages[0], "escucha")
    text = _("All is back.\n\nIt was: {was}\n\n{desk}/").format(was=was, desk=settings.desk_address)
    _send(settings, city, _("Escucha {city}: the scheduler is back").format(city=city.name), text, "scheduler", "")


def _send(
    settings: Settings, city: City, subject: str, text: str, task: str, run: str, now: datetime | None = None
) -> None:
    """Say it by every way the environment names; with none, by nothing."""
    failures: list[str] = []
    if settings.alert_to:
        _try(failures, lambda: send(settings, _mail(settings, subject, text, now or context.now())))
    if settings.alert_webhook is not None:
        _try(failures, lambda: _post(settings, user_agent(city), subject, text, task, run))
    if failures:
        raise UnavailableError(f"alert about {task}: {'; '.join(failures)}")


def _words(settings: Settings, city: City, task: str, why: str, run: str) -> tuple[str, str]:
    _ = translator(city.languages[0], "escucha")
    subject = _("Escucha {city}: {task} failed").format(city=city.name, task=task)
    text = _(
        "The task {task} failed and will not be tried again by itself now.\n\nWhy: {why}\nRun: {run}\n\n"
        "What to do stands in Airflow, on the page of the schedule. Nothing is lost: what could not be done waits.\n"
        "The same fault is told again after an hour at the earliest.\n\n{desk}/"
    ).format(task=task, why=why, run=run, desk=settings.desk_address)
    return subject, text


def _mail(settings: Settings, subject: str, text: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from
    mail["To"] = settings.alert_to
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def _post(settings: Settings, agent: str, subject: str, text: str, task: str, run: str) -> None:
    """`text` is what Mattermost, Rocket.Chat and Slack show; the rest is for programs."""
    address = settings.alert_webhook.get_secret_value() if settings.alert_webhook else ""
    body = {"text": f"{subject}\n{text}", "task": task, "run": run}
    try:
        httpx.post(address, json=body, headers={"User-Agent": agent}, timeout=TIMEOUT_S).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its words may hold the address, which is a secret
        raise UnavailableError(f"ESCUCHA_ALERT_WEBHOOK: {type(error).__name__}") from None


def _try(failures: list[str], way: Callable[[], None]) -> None:
    """One way that fails must not keep the other from being tried."""
    try:
        way()
    except EscuchaError as error:
        failures.append(str(error))


def _note(told: Path, now: datetime) -> None:
    told.parent.mkdir(parents=True, exist_ok=True)
    told.write_text(now.isoformat(), encoding="utf-8")
