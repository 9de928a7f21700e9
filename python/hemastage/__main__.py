"""The command, as ``hemastage`` and as ``python -m hemastage``."""

from __future__ import annotations

import sys

from . import _native


def main() -> int:
    """Runs the command of this process's arguments and gives its exit code."""
    return _native.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
