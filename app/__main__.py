"""`python -m app` is the `station` command."""
import sys
from multiprocessing import freeze_support


def run() -> int:
    """Runs the command. A Ctrl-C before it has begun ends it without a word: nothing was done."""
    try:
        from app.cli import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    freeze_support()         # the frozen program starts itself anew for the processes of a large import
    sys.exit(run())
