"""``python -m edge_emotion``: the command line."""

from __future__ import annotations

import sys

from edge_emotion.cli import main

sys.exit(main())
