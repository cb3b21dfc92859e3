"""Serve colours, logo, and the choice of light or dark."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from core.config.profile.identity import DARK, LIGHT, Identity, mix, readable_on_dark
from core.web.own_paths import own_path
from desk.state import Desk
from reports.output.look import read_logo

THEMES = ("light", "dark", "auto")
SHORTCUTS = ("on", "off")
YEAR_S = 365 * 86400
OWN_LOGO = Path(__file__).parents[1] / "static" / "escucha.svg"
MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
SOFT = 0.10
"""Share of the main colour in the ground of what is chosen."""


def styles(identity: Identity) -> str:
    """Return the style sheet with the council's colours."""
    light = _tokens(identity.colour, LIGHT, LIGHT)
    dark = _tokens(readable_on_dark(identity.colour), DARK, "#0d1318")
    return (
        f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        f":root[data-theme=dark]{{{dark}}}\n@media print{{:root:root:root{{{light}}}}}\n"
    )


def _tokens(colour: str, ground: str, on: str) -> str:
    strong = mix(colour, "#000000" if ground == LIGHT else LIGHT, 0.8)
    return f"--brand:{colour};--brand-strong:{strong};--brand-soft:{mix(colour, ground, SOFT)};--on-brand:{on}"


async def identity_css(request: Request) -> Response:
    """Serve the council's colours as a style sheet.

    The security policy allows no styles in a page.
    """
    desk: Desk = request.app.state.desk
    return Response(styles(desk.context.city.identity), media_type="text/css")


def logo(request: Request) -> Response:
    """Serve the council's logo, or ours if it cannot be drawn."""
    desk: Desk = request.app.state.desk
    try:
        found = read_logo(desk.context.city)
    except ValueError:  # `escucha check` names the cause
        found = None
    return FileResponse(OWN_LOGO) if found is None else Response(found[0], media_type=MEDIA_TYPES[found[1]])


async def choose_theme(request: Request) -> Response:
    """Store light, dark or automatic in a cookie and redirect back."""
    return _chosen(request, "theme", THEMES)


async def choose_shortcuts(request: Request) -> Response:
    """Switch the keyboard shortcuts on or off and redirect back."""
    return _chosen(request, "shortcuts", SHORTCUTS)


def _chosen(request: Request, name: str, allowed: tuple[str, ...]) -> Response:
    response = RedirectResponse(own_path(request.query_params.get("next", "/")), status_code=303)
    if (value := request.path_params["value"]) in allowed:
        secure = request.app.state.desk.secure
        response.set_cookie(name, value, max_age=YEAR_S, samesite="strict", httponly=True, secure=secure)
    return response
