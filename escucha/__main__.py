"""Run `python -m escucha`, the same as the command `escucha`."""

import sys

from escucha.cli import main

sys.exit(main())
