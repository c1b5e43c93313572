"""`python -m tests.access` writes the table of answers anew from what the application answers now."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.exit(
    pytest.main(
        [str(Path(__file__).with_name("rewrite.py")), "-q", "-s", "--show-capture=no", "--timeout=900", *sys.argv[1:]]
    )
)
