"""The command line: runs a command, and turns whatever happens into a message and an exit code.

Nothing heavy is imported here: signals are dealt with before anything else is loaded.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

INTERRUPTED = 130
ISSUES = "please report it with the manifest that shows it (ING2GW_DEBUG=1 prints where it happened)"


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit; whatever happens, the user gets a message and not a traceback."""
    import click

    from converter.cli.commands import cli
    from converter.cli.streams import occupy_closed_streams, warn

    occupy_closed_streams()
    try:
        code = cli.main(None if argv is None else list(argv), prog_name="ing2gw", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        _usage(error)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        warn("interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _discard_stdout()
        sys.exit(1)
    except OSError as error:
        _discard_stdout()
        warn(_environment(error))
        sys.exit(2)
    except MemoryError:
        warn("out of memory")
        sys.exit(2)
    except Exception as error:
        _bug(error)
    sys.exit(code or 0)


def entry() -> NoReturn:
    """`main` for a shell: leaves without taking apart what it made, a fifth of the time of a large run."""
    import gc

    _end_on_signals()
    gc.disable()  # a run makes millions of objects and hardly any cycles, and is soon over
    code: object = 1
    try:
        main()
    except SystemExit as left:
        code = left.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 2
    os._exit(code if isinstance(code, int) else 0)


def _end_on_signals() -> None:
    """Ctrl-C, SIGTERM and a closed terminal end the program alike, unless the caller has it ignore them."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupted)


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave at once. Files are replaced whole, so all there is to remove is the one that is being written."""
    if "converter.writing.atomic" in sys.modules:
        sys.modules["converter.writing.atomic"].remove_scratch()
    try:
        os.write(2, b"\r\x1b[King2gw: interrupted\n" if os.isatty(2) else b"ing2gw: interrupted\n")
    finally:
        os._exit(INTERRUPTED)


def _usage(error: Any) -> None:
    """A usage error as click shows it, but for control codes that a name of a file brought along."""
    import click

    from converter.cli.streams import show_text
    from converter.reporting.terminal import clean

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    lines = [f"Error: {clean(error.format_message())}"]
    context = getattr(error, "ctx", None)
    if context is not None:
        lines[:0] = [context.get_usage(), f"Try '{context.command_path} {context.help_option_names[0]}' for help.", ""]
    with suppress(OSError):
        show_text("".join(f"{line}\n" for line in lines), sys.stderr)


def _environment(error: OSError) -> str:
    """A full disk, a closed stream, a file that went away: no fault of ours, and none of the manifests."""
    what = error.strerror or str(error) or type(error).__name__
    return f"{os.fsdecode(error.filename)}: {what}" if isinstance(error.filename, str | bytes) else what


def _discard_stdout() -> None:
    """What is still buffered for a reader that is gone must not fail again at the end."""
    with suppress(OSError):  # (a stdout that is no file)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug(error: Exception) -> NoReturn:
    if os.environ.get("ING2GW_DEBUG"):
        raise error
    from converter.cli.streams import warn
    from converter.packs.features import PackError
    from converter.writing.files import WriteError

    text = " ".join(str(error).split())
    if isinstance(error, PackError | WriteError):
        warn(text)
    else:
        warn(f"{type(error).__name__}: {text}: this is a bug in ing2gw; {ISSUES}")
    sys.exit(2)
