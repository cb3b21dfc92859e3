"""Name the version of Escucha: `escucha --version`, the User-Agent and the documentation say it; pyproject.toml takes it from here."""

VERSION = "0.3.0"
