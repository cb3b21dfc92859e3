"""List the reports, to open as a page or download as PDF."""

import json
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from core.config.city import City
from core.records import Record
from desk.rendering import language_of, page
from desk.state import Desk
from pipeline import accounts
from reports.build.period import Interval
from reports.document.document import span_of, title_of
from reports.output.html import content_security_policy
from reports.publish import NUMBERS

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
FILE = re.compile(r"[A-Za-z0-9_-]{1,60}\.(?:es|en)\.(?:html|pdf)")


class ReportFiles(Record):
    """Describe one report of one interval and its files."""

    name: str
    """Its folder."""
    title: str
    interval: str
    """Name of the folder of its interval."""
    days: str
    files: tuple[str, ...]
    has_numbers: bool
    """Its interval is known, so its posts can be summarised."""


def _folder(desk: Desk) -> Path:
    return desk.context.settings.home / "reports"


def reports(request: Request) -> Response:
    """List all reports, the newest interval first."""
    desk: Desk = request.app.state.desk
    found = []
    for folder in sorted(_folder(desk).glob("*/*/"), key=lambda path: path.name, reverse=True):
        files = tuple(sorted(path.name for path in folder.iterdir() if FILE.fullmatch(path.name)))
        name, city, language = folder.parent.name, desk.context.city, language_of(request)
        found.append(
            ReportFiles(
                name=name,
                title=title_of(name, city, language).partition(" · ")[0],
                interval=folder.name,
                days=_days(folder, city, language),
                files=files,
                has_numbers=interval_of(folder) is not None,
            )
        )
    return page(request, "reports.html", reports=found)


def _days(folder: Path, city: City, language: str) -> str:
    """Format the interval of a report; its folder's name without one."""
    interval = interval_of(folder)
    return folder.name.replace("_", " – ") if interval is None else span_of(interval, city, language)


def interval_of(folder: Path) -> Interval | None:
    """Return the interval of a report in its folder; None: unknown."""
    try:
        return Interval.model_validate(json.loads((folder / NUMBERS).read_bytes())["interval"])
    except (OSError, ValueError, KeyError):
        return None


def report_file(request: Request) -> Response:
    """Serve one file of a report.

    Nothing outside the reports folder is ever served.
    """
    desk: Desk = request.app.state.desk
    name, interval, file = (request.path_params[key] for key in ("name", "interval", "file"))
    path = _folder(desk) / name / interval / file
    if not (NAME.fullmatch(name) and NAME.fullmatch(interval) and FILE.fullmatch(file) and path.is_file()):
        raise HTTPException(404)
    accounts.record_audit(desk.context, "report_opened", f"{name}/{interval}/{file}", who=request.state.user.name)
    headers = {"Content-Security-Policy": content_security_policy()} if file.endswith(".html") else {}
    return FileResponse(path, headers=headers, content_disposition_type="inline")
