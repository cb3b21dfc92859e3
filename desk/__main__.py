"""`python -m desk`: serves the desk for the profile in ESCUCHA_CITY."""

import sys

from escucha.cli import main

sys.exit(main(["desk"]))
