"""Read the council's logo, and its look for reports."""

import base64
import json
import logging
from xml.etree import ElementTree

import typst

from core.config.city import City
from core.runtime.one_filler import one_filler
from dashboards.render.svg import png_of
from reports.document.document import Logo, Look

log = logging.getLogger("escucha")
MOST_BYTES = 500_000
PNG = b"\x89PNG\r\n\x1a\n"
PROBE = b'#image(bytes(json(bytes(sys.inputs.picture))), format: "png")'
SVG = "{http://www.w3.org/2000/svg}svg"


def look_of(city: City) -> Look:
    """Return name, colour and logo of the council.

    A logo that cannot be read is left out, and the log says why: a report is more urgent than its logo.
    """
    identity = city.identity
    return Look(council=identity.council or city.name, colour=identity.colour, logo=_logo(city))


def read_logo(city: City) -> tuple[bytes, str] | None:
    """Read the council's logo, and its format; None: it has none.

    Raises:
        ValueError: the file cannot be read, is too large, or cannot be drawn.
    """
    if city.identity.logo is None:
        return None
    try:
        content = (city.path.parent / city.identity.logo).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None
    found = _format_of(content)
    if isinstance(found, ValueError):
        raise found
    return content, found


def _logo(city: City) -> Logo | None:
    try:
        found = read_logo(city)
    except ValueError as error:
        log.warning(
            "report: written without the logo: [identity] logo %s: %s. Replace the file by an SVG or PNG picture",
            city.path.parent / str(city.identity.logo),
            error,
        )
        return None
    return None if found is None else Logo(format=found[1], data=base64.b64encode(found[0]).decode())


@one_filler(maxsize=4)
def _format_of(content: bytes) -> str | ValueError:
    """Return the format of a picture, or why it cannot be drawn.

    The cause is kept too: the desk asks for the logo with every page.
    """
    try:
        return _checked(content)
    except ValueError as error:
        return error


def _checked(content: bytes) -> str:
    """Return the format of a picture that can be drawn.

    Raises:
        ValueError: it is too large or cannot be drawn.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES:,} bytes")
    if content.startswith(PNG):
        try:
            typst.compile(PROBE, sys_inputs={"picture": json.dumps(list(content))})
        except typst.TypstError:
            raise ValueError("the PNG file is damaged") from None
        return "png"
    try:
        root = ElementTree.fromstring(content)  # noqa: S314  # the operator's own file, of limited size
    except ElementTree.ParseError as error:
        raise ValueError(f"neither PNG nor SVG ({error})") from None
    if root.tag != SVG:
        raise ValueError("not an SVG picture")
    png_of(content.decode())
    return "svg"
