"""Submit the desk's forms like a browser, with hidden fields."""

import re
from functools import lru_cache

from starlette.testclient import TestClient

from desk.app import create_app
from desk.auth.users import hash_password
from pipeline import casework
from pipeline.context import Context

LOCAL = "http://127.0.0.1"
PASSWORDS = {"ana": "farola nube sandia 41", "ben": "tejado lince brisa 52", "eva": "pomelo gruta violin 63"}


def browser(context: Context, language: str = "en", base_url: str = LOCAL) -> TestClient:
    return TestClient(
        create_app(context),
        base_url=base_url,
        client=("127.0.0.1", 50000),
        headers={"accept-language": language},
        raise_server_exceptions=True,
    )


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def hidden(page: str, address: str, **form: str) -> dict[str, str]:
    """Return the hidden fields of the page's form with this address."""
    parts = [part.split("</form>")[0] for part in page.split("<form ")[1:]]
    wanted = (part for part in parts if f'action="{address}"' in part)
    fields = (dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', part)) for part in wanted)
    return next(one for one in fields if all(one.get(name, value) == value for name, value in form.items()))


@lru_cache
def _hash(name: str) -> str:
    return hash_password(PASSWORDS[name], name, "")  # takes its time: once for all tests


def people(context: Context) -> None:
    """Create two administrators and an agent."""
    for name, role in (("ana", "admin"), ("ben", "agent"), ("eva", "admin")):
        casework.set_user(context.ledger, name, _hash(name), role)


def logged_in(context: Context, name: str, client: TestClient | None = None) -> TestClient:
    client = client or browser(context)
    form = {**hidden(client.get("/login").text, "/login"), "name": name, "password": PASSWORDS[name]}
    answer = client.post("/login", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return client


def sent(client: TestClient, page: str, address: str, **form: str) -> str:
    """Open a page, submit one of its forms, follow the redirect."""
    answer = client.post(address, data={**hidden(client.get(page).text, address, **form), **form})
    assert answer.status_code == 200, answer.text
    return answer.text
