"""Connect to YouTube as the channel that answers: login, requests, refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from pydantic import SecretStr

from collectors.http import session as sessions
from collectors.http.errors import error_name
from collectors.http.writing import WritingError, error_of_failure, error_of_status, shorten
from collectors.parsing import Item, object_of
from collectors.youtube import client as reading
from core.errors import OutcomeUnknownError, SourceError, UnavailableError

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
NO_RIGHTS = reading.BAD_KEY | {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "authError"}
LATER = reading.SPENT | reading.TOO_FAST
UNKNOWN = frozenset({"processingFailure", "backendError", "internalError"})
VARIABLES = "ESCUCHA_YOUTUBE_CLIENT_ID, ESCUCHA_YOUTUBE_CLIENT_SECRET and ESCUCHA_YOUTUBE_REFRESH_TOKEN"


class AccountClient:
    """Send requests with the rights of one channel; none is tried twice."""

    def __init__(self, base_url: str, session: requests.Session) -> None:
        self.address, self.session = f"{base_url.rstrip('/')}/youtube/v3", session

    def write(self, path: str, body: Item) -> Item:
        """Insert a resource and return what YouTube made of it.

        Raises:
            RefusedError: YouTube will not take it.
            UnavailableError: it was surely not taken.
            OutcomeUnknownError: it may have been taken.
            SourceError: the rights or the quota's project are wrong.
        """
        try:
            response = self.session.post(
                f"{self.address}/{path}", params={"part": "snippet"}, json=body, timeout=reading.TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            raise error_of_failure("YouTube", error) from None
        found = _json(response)
        if response.status_code != 200:
            raise _refusal(response, found)
        if not isinstance(found, dict):
            raise OutcomeUnknownError("YouTube accepted the request but returned no comment")
        return found

    def read(self, path: str, params: dict[str, Any]) -> Item | None:
        """Return a list; None: the resource it is about does not exist.

        Raises:
            UnavailableError: no usable response.
            SourceError: the rights are wrong.
        """
        try:
            response = self.session.get(f"{self.address}/{path}", params=params, timeout=reading.TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise UnavailableError(f"YouTube gave no usable answer ({error_name(error)})") from None
        found = _json(response)
        if response.status_code == 404 and reading.reasons_of(found) & reading.MISSING:
            return None
        if response.status_code != 200:
            refusal = _refusal(response, found)
            raise refusal if isinstance(refusal, SourceError) else UnavailableError(str(refusal))
        if not isinstance(found, dict) or not isinstance(found.get("items", []), list):
            raise UnavailableError("YouTube returned something that is not a list")
        return found


@contextmanager
def open_account(client_id: SecretStr, secret: SecretStr, refresh_token: SecretStr, base_url: str, agent: str) -> Iterator[AccountClient]:
    """Log in and open a client; close its connections at the end.

    Raises:
        UnavailableError: Google did not answer the login; nothing was sent.
        SourceError: it rejected the login.
    """
    with sessions.limited_session(agent) as session:
        form = {
            "grant_type": "refresh_token",
            "client_id": client_id.get_secret_value(),
            "client_secret": secret.get_secret_value(),
            "refresh_token": refresh_token.get_secret_value(),
        }
        session.headers["Authorization"] = f"Bearer {_access_token(session, form, base_url)}"
        yield AccountClient(base_url, session)


def _access_token(session: requests.Session, form: dict[str, str], base_url: str) -> str:
    url = TOKEN_URL if base_url == reading.HOST else f"{base_url.rstrip('/')}/token"
    try:
        response = session.post(url, data=form, timeout=reading.TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        raise UnavailableError(f"Google did not answer the login ({error_name(error)}); nothing was sent") from None
    found = _json(response)
    if response.status_code in (400, 401, 403):
        why = shorten(str(found.get("error"))) if isinstance(found, dict) else str(response.status_code)
        raise SourceError(f"Google rejected the login of the channel ({why}): set {VARIABLES} to valid ones", fatal=True)
    token = found.get("access_token") if isinstance(found, dict) else None
    if response.status_code != 200 or not isinstance(token, str):
        raise UnavailableError(f"Google did not answer the login ({response.status_code}); nothing was sent")
    return token


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _refusal(response: requests.Response, body: Any) -> WritingError | SourceError:
    reasons, status = reading.reasons_of(body), response.status_code
    error = object_of(body, "error") if isinstance(body, dict) else {}
    words = shorten(f"{error.get('message') or ''} ({', '.join(sorted(reasons)) or 'no reason given'})")
    if reasons & NO_RIGHTS or status == 401:
        return SourceError(
            f"YouTube does not let the channel write ({status}): set {VARIABLES} to those of a login with the scope "
            f"youtube.force-ssl. {words}",
            fatal=True,
        )
    if reasons & LATER:
        return UnavailableError(f"YouTube takes nothing now: {words}")
    if reasons & UNKNOWN:
        return OutcomeUnknownError(f"YouTube failed, and may have taken the answer: {words}")
    return error_of_status("YouTube", status, words)
