"""Define the table `[assistant]` of a profile: a language model."""

import os
from typing import Annotated

from pydantic import AfterValidator, Field

from core.config.profile.webhooks import check_url, own_variable
from core.config.shapes import shaped
from core.errors import ConfigurationError
from core.records import Options


def _url(text: str) -> str:
    return check_url(text).rstrip("/") if text else ""


class Assistant(Options):
    """Set an assistant that writes for staff; off by default."""

    url: Annotated[str, AfterValidator(_url)] = ""
    """Address of an OpenAI-compatible interface, such as `https://llm.example.org/v1`; http on this machine only; empty: off."""
    model: str = ""
    """Name of the model, as its server knows it."""
    key: str = Field(
        "",
        pattern=shaped(
            r"^(ESCUCHA_ASSISTANT_[A-Z0-9_]+)?$",
            "not the NAME of an environment variable, such as 'ESCUCHA_ASSISTANT_KEY'; the key itself is never written here",
        ),
    )
    """Environment variable with its key, such as `ESCUCHA_ASSISTANT_KEY`; empty: it needs none."""
    timeout_s: float = Field(60.0, gt=0, le=300)
    """Time for one whole answer; there is one retry."""
    requests_per_day: int = Field(200, ge=1)
    """Requests of all staff together in a day of the city."""
    max_posts: int = Field(60, ge=1, le=500)
    """Posts given for a summary: the newest of its period."""
    max_characters: int = Field(30_000, ge=1_000, le=500_000)
    """Characters sent in one request at most."""

    @property
    def on(self) -> bool:
        """Tell whether an assistant is set up."""
        return bool(self.url and self.model)

    def headers(self, variables: str) -> dict[str, str]:
        """Return the headers with its key.

        `variables`: how the names of the city's variables begin.

        Raises:
            ConfigurationError: names the variable, never its value.
        """
        if not self.key:
            return {}
        variable = own_variable(self.key, variables)
        value = os.environ.get(variable, "").strip()
        if not value or not value.isascii() or not value.isprintable():
            raise ConfigurationError(f"[assistant] set {variable} in the environment to the key of the assistant")
        return {"Authorization": f"Bearer {value}"}
