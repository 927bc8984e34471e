"""Long work on a terminal says how far it is; pipes never see it; an interruption leaves nothing half done."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from io import StringIO
from pathlib import Path

import pytest

from converter.cli import progress
from converter.model.progress import Progress

ROOT = Path(__file__).parent.parent
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web-{n}, namespace: shop, annotations: {{nginx.ingress.kubernetes.io/enable-cors: "true"}}}}
spec:
  ingressClassName: nginx
  rules:
  - host: web-{n}.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
"""


def test_line_has_files_ingresses_and_the_time_left() -> None:
    assert progress.line(Progress("reading", 50, 100), 1.0) == "reading 50 of 100 files, 7 s left"
    assert progress.line(Progress("converting", 4200, 10000), 3.0).startswith("converting 4,200 of 10,000 Ingresses, ")
    assert progress.line(Progress("reading", 0, 100), 1.0) == "reading 0 of 100 files"
    assert progress.line(Progress("comparing", 0, 0), 1.0).startswith("comparing, ")
    assert progress.line(Progress("converting", 1, 1000), 400.0).endswith(" min left")
    assert progress.line(Progress(), 1.0) == "working"


def test_nothing_is_shown_in_pipes_and_when_quiet() -> None:
    out = StringIO()
    with progress.shown(out):
        pass
    assert out.getvalue() == ""


def test_short_work_shows_nothing_and_long_work_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        with progress.shown(terminal):
            pass
        assert not select.select([master], [], [], 0)[0]
        monkeypatch.setattr(progress, "DELAY", 0.0)
        with progress.shown(terminal):
            assert select.select([master], [], [], 10)[0]
        seen = ""
        while not (len(seen) > 4 and seen.endswith("\r\x1b[K")) and select.select([master], [], [], 10)[0]:
            seen += os.read(master, 10000).decode()
    os.close(master)
    assert seen.endswith("\r\x1b[K")


def on_a_terminal(folder: Path, interrupt: bool) -> tuple[str, int]:
    """Run convert there; `interrupt` presses Ctrl-C as soon as it says something."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["PYTHONPATH"] = str(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "converter", "convert", "in", "-o", "out"])  # noqa: S606
    seen, pressed, end = b"", False, time.monotonic() + 120
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
        if interrupt and not pressed and b" left" in seen:
            os.write(terminal, b"\x03")
            pressed = True
    os.close(terminal)
    return seen.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_ctrl_c_leaves_no_half_written_file_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(30):
        some = (INGRESS.format(n=number * 100 + index) for index in range(100))
        (tmp_path / f"in/{number}.yaml").write_text("---\n".join(some))
    seen, code = on_a_terminal(tmp_path, interrupt=True)
    assert " left" in seen
    if code == 130:
        assert "ing2gw: interrupted" in seen
    assert code in (0, 1, 130), seen[-300:]
    assert "Traceback" not in seen
    assert [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")] == []


def test_one_bad_file_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/bad.yaml").write_text("kind: Ingress\n\tspec: {")
    (tmp_path / "in/good.yaml").write_text(INGRESS.format(n=1))
    seen, code = on_a_terminal(tmp_path, interrupt=False)
    assert code == 1
    assert "in/bad.yaml" in seen
    assert (tmp_path / "out/routes/shop/web-1.yaml").is_file()
