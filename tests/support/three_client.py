"""Load PyPI's `three`, an Open311 client of others.

Its last version is written for Python 2: one name is missing in Python 3, which is given to it here, its conversion of XML is not used, and
it reads JSON with the standard library. All that it sends and reads is its own.
"""

import itertools
import json
import sys
import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # escape sequences that Python 3 calls invalid
    if not hasattr(itertools, "ifilter"):
        itertools.ifilter = filter  # type: ignore[attr-defined]
    sys.modules["simplejson"] = json
    from relaxml import xml
    from three import Three
sys.modules["simplejson"] = None  # type: ignore[assignment]  # as in tests/conftest.py


def client_at(address: str, key: str = "", form: str = "json") -> Any:
    """Return a client of the server at this address."""
    found = Three(f"{address}/open311/v2/", api_key=key, format=form, discovery=f"{address}/open311/discovery.{form}")
    found.session.trust_env = False
    return found


def read_xml(content: bytes) -> Any:
    """Read XML as `three` does: the value of its outermost element."""
    (found,) = xml(content).values()
    return found
