"""Read the body of a request up to a limit."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request


class TooLargeError(HTTPException):
    """Refuse a body that is larger than allowed."""

    def __init__(self) -> None:
        super().__init__(413)


class BrokenOffError(HTTPException):
    """Refuse a body that ended early."""

    def __init__(self) -> None:
        super().__init__(400)


async def read_body(request: Request, limit: int) -> bytes:
    """Read a body, whatever Content-Length claims.

    Raises:
        TooLargeError: more than `limit` bytes.
        BrokenOffError: the client disconnected.
    """
    content = bytearray()
    try:
        async for part in request.stream():
            content += part
            if len(content) > limit:
                raise TooLargeError
    except ClientDisconnect:
        raise BrokenOffError from None
    return bytes(content)
