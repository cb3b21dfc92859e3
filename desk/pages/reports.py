"""The reports that were written, to read here or to take away as PDF."""

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from core.records import Record
from desk.rendering import page
from desk.state import Desk
from pipeline import accounts
from reports.output.html import content_security_policy

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
FILE = re.compile(r"[A-Za-z0-9_-]{1,60}\.(?:es|en)\.(?:html|pdf)")


class ReportFiles(Record):
    """One report of one interval, and its files."""

    name: str
    interval: str
    files: tuple[str, ...]


def _folder(desk: Desk) -> Path:
    return desk.context.settings.home / "reports"


def reports(request: Request) -> Response:
    """All reports, the newest interval first."""
    desk: Desk = request.app.state.desk
    found = []
    for folder in sorted(_folder(desk).glob("*/*/"), key=lambda path: path.name, reverse=True):
        files = tuple(sorted(path.name for path in folder.iterdir() if FILE.fullmatch(path.name)))
        found.append(ReportFiles(name=folder.parent.name, interval=folder.name.replace("_", " – "), files=files))
    return page(request, "papers.html", papers=found)


def report_file(request: Request) -> Response:
    """One file of a report; nothing outside the folder of reports is ever served."""
    desk: Desk = request.app.state.desk
    name, interval, file = (request.path_params[key] for key in ("name", "interval", "file"))
    path = _folder(desk) / name / interval / file
    if not (NAME.fullmatch(name) and NAME.fullmatch(interval) and FILE.fullmatch(file) and path.is_file()):
        raise HTTPException(404)
    accounts.record_audit(desk.context, "report_opened", f"{name}/{interval}/{file}", who=request.state.user.name)
    headers = {"Content-Security-Policy": content_security_policy()} if file.endswith(".html") else {}
    return FileResponse(path, headers=headers, content_disposition_type="inline")
