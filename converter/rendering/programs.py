"""Running helm and kustomize: in a folder of their own, without the user's settings, and without network."""

from __future__ import annotations

import shutil
import subprocess  # nosec
from collections.abc import Sequence
from pathlib import Path

SECONDS = 120
"""A program that takes longer is ended."""
_NOWHERE = "http://127.0.0.1:9"
"""A proxy that nothing listens on: whatever asks for the network fails at once."""


class RenderError(Exception):
    """A program failed; the message is what it says."""


class MissingProgramError(RenderError):
    """The program is not installed."""


def first_installed(*programs: str) -> str:
    """The path of the first of these programs that is installed.

    Raises:
        MissingProgramError: None is.
    """
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is None:
        raise MissingProgramError(f"{' or '.join(programs)} is not installed")
    return found


def run(command: Sequence[str], folder: Path) -> str:
    """What a program prints.

    Args:
        command: Program and arguments.
        folder: An empty folder for its settings and caches.

    Raises:
        RenderError: It fails, or takes too long.
    """
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"took longer than {SECONDS} s") from None
    except OSError as error:
        raise RenderError(error.strerror or str(error)) from None
    except ValueError as error:  # NUL in an argument
        raise RenderError(str(error)) from None
    if done.returncode:
        raise RenderError(_message(done.stderr.decode("utf-8", "replace")))
    return done.stdout.decode("utf-8", "replace")


def _message(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.startswith("WARNING")]
    text = "; ".join(lines).removeprefix("Error: ") or "failed without a message"
    return text if len(text) <= 300 else f"{text[:300]}…"


def _environment(folder: Path) -> dict[str, str]:
    """No settings, plugins, credentials or cluster of the user; no proxy that works, no transport of git."""
    import os

    home = str(folder)
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "TMPDIR": home,
        "KUBECONFIG": os.devnull,
        "HELM_CACHE_HOME": home,
        "HELM_CONFIG_HOME": home,
        "HELM_DATA_HOME": home,
        "HELM_PLUGINS": home,
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
        "NO_PROXY": "",
    }
