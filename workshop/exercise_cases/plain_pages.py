"""Serve the pages of the work by hand.

They are the network, the agreed text of an answer, and a shared table.
"""

from dataclasses import dataclass, field
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

DEPARTMENTS = ("", "Limpieza", "Alumbrado", "Vías públicas", "Zonas verdes", "Agua", "Movilidad", "Policía", "Medio ambiente")
STATES = ("new", "answered")


@dataclass
class Office:
    """Hold posts, replies and the rows of the table."""

    posts: list[str]
    replies: list[tuple[int, str]] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> Starlette:
        """Build the three pages."""
        return Starlette(
            routes=[
                Route("/network", self.network),
                Route("/network/{number:int}", self.reply, methods=["GET", "POST"]),
                Route("/texts", self.texts),
                Route("/table", self.table),
                Route("/table/new", self.row, methods=["GET", "POST"]),
                Route("/table/{number:int}", self.row, methods=["GET", "POST"]),
            ]
        )

    async def network(self, _request: Request) -> Response:
        """List the posts, each with a link to reply."""
        return _page(
            "".join(f'<p id="p{n}">{escape(text)}</p><a id="r{n}" href="/network/{n}">Reply</a>' for n, text in enumerate(self.posts))
        )

    async def reply(self, request: Request) -> Response:
        """Show one post with the field for a reply, or send it."""
        number = request.path_params["number"]
        if request.method == "POST":
            self.replies.append((number, str((await request.form())["text"])))
            return RedirectResponse("/network", status_code=303)
        return _page(
            f"<p>{escape(self.posts[number])}</p>"
            "<form method=post><textarea name=text rows=6 cols=60></textarea><button>Send</button></form>"
        )

    async def texts(self, _request: Request) -> Response:
        """Show the agreed text of an answer."""
        return _page("<p id=text>Gracias por avisar. Lo lleva el servicio responsable. Le responderemos. Su caso es el número </p>")

    async def table(self, request: Request) -> Response:
        """List the rows, those with the searched words only."""
        words = request.query_params.get("q", "").casefold()
        rows = [(n, one) for n, one in enumerate(self.rows) if words in " ".join(one.values()).casefold()]
        shown = "".join(f'<tr><td><a id="e{n}" href="/table/{n}">{n}</a><td>' + "<td>".join(map(escape, one.values())) for n, one in rows)
        return _page(f'<form><input name=q aria-label=search></form><a id=new href="/table/new">New</a><table>{shown}</table>')

    async def row(self, request: Request) -> Response:
        """Show one row as a form, or save it."""
        number = request.path_params.get("number")
        if request.method == "POST":
            form = {name: str(value) for name, value in (await request.form()).items()}
            if number is None:
                self.rows.append(form)
            else:
                self.rows[number] = form
            return RedirectResponse("/table", status_code=303)
        row = {} if number is None else self.rows[number]
        return _page(
            f"<form method=post><textarea name=text rows=6 cols=60>{escape(row.get('text', ''))}</textarea>"
            f'<input name=place value="{escape(row.get("place", ""))}">{_choice("department", DEPARTMENTS, row)}'
            f"{_choice('state', STATES, row)}<button>Save</button></form>"
        )


def _choice(name: str, values: tuple[str, ...], row: dict[str, str]) -> str:
    options = "".join(f"<option{' selected' if row.get(name) == one else ''}>{one}</option>" for one in values)
    return f"<select name={name}>{options}</select>"


def _page(body: str) -> Response:
    return HTMLResponse(f"<!doctype html><meta charset=utf-8><title>office</title>{body}")
