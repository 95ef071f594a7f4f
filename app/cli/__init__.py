"""The `station` command: reads the arguments, hands each command to its module, turns known errors into sentences.

Exit codes: 0 done; 1 done, but something was found or refused; 2 wrong arguments, settings or file; 3 the store or a
part of this machine is not usable; 4 another station runs here; 130 stopped by the user.
"""
from __future__ import annotations

import sys
from collections.abc import Sequence

from app.cli.speech import Speech, guessed_language
from app.cli.tree import build


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code. Never shows a traceback for a mistake of the user's."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build(Speech(guessed_language(arguments)))
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "central":
        parser.error(options.speech("cli.unknown_argument", argument=" ".join(rest)))
    options.rest = rest
    return _guarded(options)


def _guarded(options) -> int:
    # Named here and not at the top: a broken store or missing library must not keep `station doctor` from starting.
    from app.cli.common import home_of
    from app.home import HomeInUse, HomeRefused
    from app.settings_file import SettingsError
    from app.store.database import DiskFull, StoreRefused, sqlite3
    from app.store.journal import JournalDamaged

    speech: Speech = options.speech
    try:
        return options.run(options)
    except SettingsError as error:
        speech.complain(error.sentence(speech.language))
        return 2
    except HomeInUse as error:
        speech.complain(speech("cli.home_in_use", home=options.home, detail=error))
        return 4
    except (StoreRefused, JournalDamaged, DiskFull, HomeRefused) as error:
        speech.complain(speech("cli.store_refused", detail=error))
        return 3
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:         # a lock, a wrong statement: not what a user can mend
            raise
        speech.complain(speech("upkeep.database_unreadable", file=home_of(options).database, problem=error))
        return 3
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, FileExistsError) as error:
        speech.complain(speech("cli.file", file=error.filename, detail=error.strerror))
        return 2
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        speech.complain(speech("cli.stopped"))
        return 130
