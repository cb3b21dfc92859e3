"""Run `python -m escucha.backup`, which `make backup` and `make restore` call."""

import sys

from escucha.backup.backup import main

sys.exit(main())
