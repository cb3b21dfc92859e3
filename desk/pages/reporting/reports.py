"""List the reports, show one with its remark and serve its files."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from core.config.city import City
from core.errors import ConfigurationError, EscuchaError
from core.i18n.languages import NAMES, interface_languages
from core.i18n.translate import translator
from core.records import Record
from desk.pages.input.kept import status_of
from desk.pages.reporting.report_form import values_of_form
from desk.rendering import explain_error, language_of, page
from desk.state import Desk
from ledger import read
from pipeline.access import accounts
from pipeline.context import now
from pipeline.report_requests import asked_of
from pipeline.steps.report import LONGEST_REMARK, set_remark
from reports.build.period import Interval, next_run
from reports.build.statistics import Numbers
from reports.document.document import span_of
from reports.document.links import Links
from reports.document.summary import caveat, summarise
from reports.document.titles import title_of
from reports.make import FORMATS
from reports.output.html import policy_of
from reports.publish import NUMBERS
from reports.retract_quotes import numbers_in

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
FILE = re.compile(rf"[A-Za-z0-9_-]{{1,60}}\.(?P<language>[a-z]{{2}})\.(?P<format>{'|'.join(FORMATS)})")
TYPES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
SHOWN = frozenset({"html", "pdf"})
"""Formats that a browser shows; it saves the others."""


class ReportFile(Record):
    """Describe one file of a report."""

    name: str
    language: str
    """As the language calls itself."""
    format: str


class ReportFiles(Record):
    """Describe one report of one interval and its files."""

    name: str
    """Its folder."""
    title: str
    interval: str
    """Name of the folder of its interval."""
    days: str
    files: tuple[ReportFile, ...]
    has_numbers: bool
    """Its interval is known, so its posts can be summarised."""


def _folder(desk: Desk) -> Path:
    return desk.context.settings.home / "reports"


def reports(request: Request, refused: str = "", typed: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """List all reports, the newest interval first.

    The form for a new one is above them.

    Args:
        request: the request.
        refused: why the report that was asked for is not written.
        typed: the form, as it was typed.
        status: of the answer.
    """
    desk: Desk = request.app.state.desk
    folders = sorted(_folder(desk).glob("*/*/"), key=lambda path: path.name, reverse=True)
    found = [_files_of(folder, desk.context.city, language_of(request)) for folder in folders]
    moment, city = now(), desk.context.city
    due = [
        (next_run(one.schedule, city.zone, moment), _title(title_of(name, city, language_of(request)), city))
        for name, one in city.reports.items()
    ]
    waiting = read.waiting_report_requests(desk.context.ledger)
    return page(
        request,
        "reports.html",
        status=status,
        reports=found,
        next_due=min(due, default=None),
        waiting=[(one.id, asked_title(one, city, language_of(request))) for one in waiting],
        **(values_of_form(request, typed, refused) if request.state.user.may("work") else {}),
    )


def asked_title(one: read.ReportRequest, city: City, language: str) -> str:
    """Return a waiting report's title, without the name of the city."""
    asked = asked_of(one)
    if asked is None:
        return translator(language, "desk")("a report of another version of Escucha")
    return _title(title_of(asked.kind, city, language, asked), city)


def _title(title: str, city: City) -> str:
    """Return the title of a report without the name of the city."""
    return title.removesuffix(f" · {city.name}")


def _files_of(folder: Path, city: City, language: str) -> ReportFiles:
    """Describe a report; without numbers it is named after its folders."""
    numbers = _numbers(folder)
    title = title_of(folder.parent.name, city, language, numbers.asked if numbers else None)
    found = [named for path in folder.iterdir() if (named := FILE.fullmatch(path.name))]
    order = list(FORMATS)
    found.sort(key=lambda one: (one["language"] != language, one["language"], order.index(one["format"])))
    return ReportFiles(
        name=folder.parent.name,
        title=_title(title, city),
        interval=folder.name,
        days=_days(folder, city, language),
        files=tuple(
            ReportFile(name=one[0], language=NAMES.get(one["language"], one["language"]), format=one["format"].upper()) for one in found
        ),
        has_numbers=interval_of(folder) is not None,
    )


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


def _numbers(folder: Path) -> Numbers | None:
    """Return the numbers of a report; None where they cannot be read."""
    try:
        return numbers_in(folder)
    except (OSError, EscuchaError):
        return None


def report(request: Request) -> Response:
    """Show one report: its summary, its files and the remark on it."""
    return _report_page(request)


def change_remark(request: Request, form: FormData) -> Response:
    """Store the remark on a report; a refused one is shown again."""
    desk: Desk = request.app.state.desk
    folder = _report_folder(request)
    text, language, seen = (str(form.get(name, "")) for name in ("text", "language", "seen"))
    text = text.replace("\r\n", "\n").strip()
    try:
        if language not in interface_languages() or not (seen.isdecimal() and len(seen) < 7):
            raise ConfigurationError("This form has no valid version. Please reload the page and try again.")
        set_remark(desk.context, folder.parent.name, folder.name, text, language, request.state.user.name, int(seen))
    except EscuchaError as error:
        return _report_page(request, error, text)
    return RedirectResponse(f"/reports/{folder.parent.name}/{folder.name}?saved=1", status_code=303)


def _report_page(request: Request, error: EscuchaError | None = None, typed: str = "") -> Response:
    desk: Desk = request.app.state.desk
    city, language, folder = desk.context.city, language_of(request), _report_folder(request)
    remark = read.report_remark(desk.context.ledger, folder.parent.name, folder.name)
    numbers = _numbers(folder)
    return page(
        request,
        "report.html",
        status=200 if error is None else status_of(error),
        report=_files_of(folder, city, language),
        short=() if numbers is None else summarise(numbers, city, Links.of(numbers, city, language), language),
        caveat="" if numbers is None else caveat(numbers, language),
        remark=remark if remark is not None and remark.text else None,
        seen=0 if remark is None else remark.version,
        refused="" if error is None else explain_error(request, error),
        typed=typed,
        languages=[(one, NAMES.get(one, one)) for one in interface_languages()],
        longest=LONGEST_REMARK,
        ready=f"{folder.parent.name}.{request.query_params.get('ready', '')}",
    )


def _report_folder(request: Request) -> Path:
    """Return the folder of the report that an address names.

    Nothing outside the reports folder is ever served.
    """
    name, interval = (request.path_params[key] for key in ("name", "interval"))
    path: Path = _folder(request.app.state.desk) / name / interval
    if not (NAME.fullmatch(name) and NAME.fullmatch(interval) and (path / NUMBERS).is_file()):
        raise HTTPException(404)
    return path


def report_file(request: Request) -> Response:
    """Serve one file of a report."""
    desk: Desk = request.app.state.desk
    name, interval, file = (request.path_params[key] for key in ("name", "interval", "file"))
    path, named = _folder(desk) / name / interval / file, FILE.fullmatch(file)
    if not (NAME.fullmatch(name) and NAME.fullmatch(interval) and named and path.is_file()):
        raise HTTPException(404)
    accounts.record_audit(desk.context, "report_opened", f"{name}/{interval}/{file}", who=request.state.user.name)
    kind = named["format"]
    headers = {"Content-Security-Policy": policy_of(path.read_text(encoding="utf-8"))} if kind == "html" else {}
    disposition = "inline" if kind in SHOWN else "attachment"
    return FileResponse(path, headers=headers, media_type=TYPES[kind], filename=f"{interval}.{file}", content_disposition_type=disposition)
