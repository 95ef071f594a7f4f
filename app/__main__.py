"""`python -m app` is the `station` command."""
import sys
from multiprocessing import freeze_support

from app.cli import main

if __name__ == "__main__":
    freeze_support()         # the frozen program starts itself anew for the processes of a large import
    sys.exit(main())
