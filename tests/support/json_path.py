"""Read members of JSON whose shape the test has made itself."""

from typing import Any


def dig(value: object, *path: str | int) -> Any:
    """Return what lies under these keys and positions.

    Raises:
        AssertionError: an object or a list was expected on the way.
        KeyError, IndexError: it has no such member.
    """
    for step in path:
        if isinstance(step, str):
            assert isinstance(value, dict), f"no object under {step!r}: {value!r}"
            value = value[step]
        else:
            assert isinstance(value, list), f"no list at {step}: {value!r}"
            value = value[step]
    return value
