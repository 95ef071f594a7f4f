"""`python -m app.central --home DIR`."""
from __future__ import annotations

import sys

from app.central.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
