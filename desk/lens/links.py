"""Carry the lens in every link and form of a rendered page.

Templates write plain addresses; no page can forget the lens. Text of citizens cannot look like a tag here: the templates escape it.
A tag with `data-exact` or `data-count` keeps its address: it opens exactly what it names.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

_TAG = re.compile(r"<(?:a|button|form)\b[^<>]*>")
_ADDRESS = re.compile(r'(\s(?:href|action|formaction)=")(/[^"]*|\?[^"]*)"')
_GET_FORM = re.compile(r'(<form\b[^<>]*\bmethod="get"[^<>]*>)(.*?)</form>', re.DOTALL)
_NAMED = re.compile(r'\sname="([^"]*)"')
OUTSIDE = ("/static/", "/language/", "/theme/", "/shortcuts/", "/public", "/notice", "/login", "/logout", "//", "/setup", "/unsubscribe/")
"""Addresses that have no lens: files, pages for citizens, and those that carry a whole address as `next`."""


def carry(page: str, parameters: Mapping[str, str]) -> str:
    """Return the page with the lens in its links and forms.

    >>> carry('<a href="/cases?kind=report">', {"topic": "noise"})
    '<a href="/cases?topic=noise&amp;kind=report">'
    """
    if not parameters:
        return page
    return _TAG.sub(lambda tag: _carried(tag[0], parameters), _GET_FORM.sub(lambda form: _filled(form, parameters), page))


def with_lens(address: str, parameters: Mapping[str, str]) -> str:
    """Return a local address with the lens; its own parameters stay.

    >>> with_lens("/posts?topic=noise#list", {"topic": "other", "period": "week"})
    '/posts?period=week&topic=noise#list'
    """
    parts = urlsplit(address)
    if address.startswith(OUTSIDE) or not parameters:
        return address
    named = parse_qsl(parts.query)
    # A range in the address replaces the period, and the other way round.
    own = {name for name, _ in named} | ({"period", "first", "last"} if {"period", "first"} & dict(named).keys() else set())
    whole = [*((name, value) for name, value in parameters.items() if name not in own), *named]
    return parts._replace(query=urlencode(whole)).geturl()


def _carried(tag: str, parameters: Mapping[str, str]) -> str:
    if "data-exact" in tag or "data-count" in tag:
        return tag
    return _ADDRESS.sub(
        lambda found: (
            f'{found[1]}{escape(with_lens(unescape(found[2]), parameters), quote=True)}"' if found[2].startswith("/") else found[0]
        ),
        tag,
    )


def _filled(form: re.Match[str], parameters: Mapping[str, str]) -> str:
    """Add the missing parts of the lens to a GET form.

    Browsers drop the query of its address.
    """
    if "data-exact" in form[1]:
        return form[0]
    own = set(_NAMED.findall(form[2]))
    own |= {"period", "first", "last"} if "period" in own else set()
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value, quote=True)}">'
        for name, value in parameters.items()
        if name not in own
    )
    return f"{form[1]}{hidden}{form[2]}</form>"
