"""The `station` command: reads the arguments, hands each command to its module, turns known errors into sentences.

Exit codes: 0 done; 1 done, but something was found or refused; 2 wrong arguments, settings or file; 3 the store or a
part of this machine is not usable; 4 another station runs here; 130 stopped by the user.
"""
from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli.speech import Speech, guessed_language
from app.cli.tree import build


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code. Never shows a traceback for a mistake of the user's."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build(Speech(guessed_language(arguments)))
    options, rest = parser.parse_known_args(arguments)
    late = getattr(options, "late", "")
    if len(rest) == 1 and late and getattr(options, late) is None and not rest[0].startswith("-"):
        setattr(options, late, Path(rest.pop()))        # argparse takes it as left out when an option stands before it
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

    def refused(sentence: str, code: int) -> int:
        """What keeps a station with a window from starting is said on the screen, too: its launcher has no terminal."""
        speech.complain(sentence)
        if getattr(options, "windowed", False):
            from app.bootstrap.window import show_refusal

            show_refusal(speech("cli.run.refused"), sentence, speech("cli.run.refused_do"))
        return code

    try:
        return options.run(options)
    except SettingsError as error:
        return refused(error.sentence(speech.language), 2)
    except HomeInUse as error:
        return refused(speech("cli.home_in_use", home=options.home, detail=error), 4)
    except (StoreRefused, JournalDamaged, DiskFull, HomeRefused) as error:
        return refused(speech("cli.store_refused", detail=error), 3)
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:         # a lock, a wrong statement: not what a user can mend
            raise
        return refused(speech("upkeep.database_unreadable", file=home_of(options).database, problem=error), 3)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, FileExistsError) as error:
        speech.complain(speech("cli.file", file=error.filename, detail=error.strerror))
        return 2
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        speech.complain(speech("cli.stopped"))
        return 130
