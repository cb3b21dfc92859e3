"""Serve the council's colours and logo."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.config.profile.identity import DARK, LIGHT, Identity, mix, readable_on_dark
from portal.rendering import logo_name, site_of
from reports.output.look import read_logo

OWN_LOGO = Path(__file__).parents[1] / "static" / "portal.svg"
MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
TINT = 0.10
"""Share of the main colour in the ground of what stands out."""


def styles(identity: Identity) -> str:
    """Return the style sheet with the council's colour, light and dark."""
    on_dark = readable_on_dark(identity.colour)
    light = f"--main: {identity.colour}; --onmain: {LIGHT}; --tint: {mix(identity.colour, LIGHT, TINT)};"
    dark = f"--main: {on_dark}; --onmain: {DARK}; --tint: {mix(on_dark, DARK, TINT)};"
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def identity_css(request: Request) -> Response:
    """Serve the council's colour as a style sheet."""
    return Response(styles(site_of(request).context.city.identity), media_type="text/css")


def logo(request: Request) -> Response:
    """Serve the council's logo, or ours if that cannot be drawn.

    Raises:
        HTTPException: the logo has another format.
    """
    city = site_of(request).context.city
    if request.path_params["name"] != logo_name(city):
        raise HTTPException(404)
    try:
        found = read_logo(city)
    except ValueError:  # `escucha check` names the cause
        found = None
    content, form = found or (OWN_LOGO.read_bytes(), "svg")
    return Response(content, media_type=MEDIA_TYPES[form])
