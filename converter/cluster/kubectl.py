"""The user's own kubectl: their contexts, plugins and logins work, and nothing but `get` and discovery is asked."""

from __future__ import annotations

import re
import shutil
import subprocess  # nosec
import threading
from collections.abc import Callable
from typing import IO, NamedTuple

from converter.model.data import dataclass

_REPORTED = re.compile(
    r"(?:error:|Error from server|Warning:|Unable to connect|couldn't get |The connection to|[EWIF][0-9]{4} )"
)
"""Lines of kubectl about a request; all others are of a plugin that talks to the user."""
_ADVICE = re.compile(
    r"\s*(?:It looks like you are trying|To learn more about this feature|https://kubernetes\.io/docs/|>?$)"
)
"""What kubectl adds to the message that a login plugin is missing."""
_SKIPPED = re.compile(rf"Warning:|[EWIF][0-9]{{4}} |{_ADVICE.pattern}")
"""Lines that say nothing about why a call failed."""
_NO_KUBECONFIG = "localhost:8080"
"""The server that kubectl asks where no kubeconfig names one."""


class ClusterError(Exception):
    """The cluster cannot be read; the message says why and what to do."""


class Completed(NamedTuple):
    """What a call of kubectl left behind."""

    code: int
    out: bytes
    errors: str


@dataclass(frozen=True, slots=True)
class Kubectl:
    """Calls of kubectl with the choices of a run.

    Attributes:
        program: Path of the program.
        context: `--context`; "" for the current one.
        kubeconfig: `--kubeconfig`; "" for the file that kubectl finds.
        tell: Shows a line that a login plugin prints, such as the code to type into a page.
    """

    program: str
    context: str = ""
    kubeconfig: str = ""
    tell: Callable[[str], None] = print

    @classmethod
    def found(cls, context: str = "", kubeconfig: str = "", tell: Callable[[str], None] = print) -> Kubectl:
        """The kubectl on PATH.

        Raises:
            ClusterError: There is none.
        """
        program = shutil.which("kubectl")
        if program is None:
            raise ClusterError("kubectl is not on PATH; --cluster reads through it, with your contexts and logins")
        return cls(program, context, kubeconfig, tell)

    def run(self, *arguments: str) -> Completed:
        """Call kubectl and wait for it. Its errors are kept, lines of login plugins are shown at once.

        Raises:
            ClusterError: The program cannot be started.
        """
        command = [self.program, *arguments]
        command += [f"--context={self.context}"] if self.context else []
        command += [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig else []
        try:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
                assert process.stdout is not None and process.stderr is not None  # noqa: S101
                lines: list[str] = []
                reader = threading.Thread(target=self._listen, args=(process.stderr, lines))
                reader.start()
                out = process.stdout.read()
                reader.join()
        except OSError as error:
            raise ClusterError(f"{self.program} cannot be started: {error.strerror or error}") from None
        return Completed(process.returncode, out, "\n".join(lines))

    def _listen(self, stream: IO[bytes], lines: list[str]) -> None:
        for line in stream:
            text = line.decode("utf-8", "replace").rstrip()
            lines.append(text)
            if not (_REPORTED.match(text) or _ADVICE.match(text)):
                self.tell(text)


def reason(errors: str) -> str:
    """What kubectl says of a failed call, on one line."""
    lines = [line for line in errors.splitlines() if line and not _SKIPPED.match(line)]
    text = (
        "; ".join(dict.fromkeys(line.removeprefix("error: ") for line in lines)) or "kubectl failed without a message"
    )
    if _NO_KUBECONFIG in text:
        text += "; no kubeconfig names a server: set KUBECONFIG, or give --kubeconfig FILE"
    return text if len(text) <= 400 else f"{text[:400]}…"
