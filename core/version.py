"""Name the version of Escucha.

`escucha --version`, the User-Agent, the package (pyproject.toml) and the site take it from here.
"""

VERSION = "0.3.0"
