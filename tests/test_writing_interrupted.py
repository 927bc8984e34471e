"""A run may end between any two of its writes: the next one knows its own files and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from converter.model import Location, ObjectRef, ObjectStatus, Resource
from converter.writing import atomic, record
from converter.writing.coverage import coverage
from converter.writing.files import STATE, WriteError, apply, exclusive, plan, save

ROOT = Path(__file__).parent.parent


class KilledError(BaseException):
    """The process is gone."""


def die_at(monkeypatch: pytest.MonkeyPatch, write: int) -> None:
    """End before the scratch file of this write takes its place; it stays behind, as a kill would leave it."""
    count = 0

    def replace(source: str, target: str) -> None:
        nonlocal count
        count += 1
        if count == write:
            monkeypatch.setattr(atomic.Path, "unlink", lambda *_, **__: None)
            raise KilledError
        Path(source).rename(target)

    monkeypatch.setattr(atomic.os, "replace", replace)


def contents(letter: str) -> dict[str, str]:
    return {f"routes/{name}.yaml": f"{name}: {letter}\n" for name in "abc"} | (
        {"new.yaml": "x\n"} if letter != "a" else {}
    )


@pytest.mark.parametrize("write", range(1, 8))
@pytest.mark.parametrize("again", ["a", "b", "c"])
def test_a_killed_run_leaves_files_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int, again: str
) -> None:
    apply(plan(tmp_path, contents("a")))
    with monkeypatch.context() as patch:
        die_at(patch, write)
        with suppress(KilledError):
            apply(plan(tmp_path, contents("b")))
    todo = plan(tmp_path, contents(again))
    assert not todo.edited
    assert not todo.vanished_edited
    apply(todo, prune=True)
    assert {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*.yaml")} == contents(again)
    assert not list(tmp_path.rglob("*.tmp"))
    assert "intended" not in json.loads((tmp_path / STATE).read_text())


@pytest.mark.parametrize("write", range(1, 6))
def test_a_killed_forced_run_makes_no_edited_file_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    apply(plan(tmp_path, contents("a")))
    (tmp_path / "routes/c.yaml").write_text("mine: true\n")
    with monkeypatch.context() as patch:
        die_at(patch, write)
        with suppress(KilledError):
            apply(plan(tmp_path, contents("b")), force=True)
    text = (tmp_path / "routes/c.yaml").read_text()
    apply(plan(tmp_path, contents("a")))
    assert (tmp_path / "routes/c.yaml").read_text() == ("mine: true\n" if text == "mine: true\n" else "c: a\n")


def test_a_scratch_file_of_a_living_process_stays(tmp_path: Path) -> None:
    apply(plan(tmp_path, contents("a")))
    scratch = tmp_path / "routes/a.yaml.0123456789ab.tmp"
    with scratch.open("w") as held:
        assert atomic.lock(held.fileno())
        apply(plan(tmp_path, contents("a")))
        assert scratch.exists()
    apply(plan(tmp_path, contents("a")))
    assert not scratch.exists()


def test_foreign_files_that_look_like_scratch_stay(tmp_path: Path) -> None:
    apply(plan(tmp_path, contents("a")))
    mine = tmp_path / "routes/notes.123.tmp"
    mine.write_text("x")
    apply(plan(tmp_path, contents("a")))
    assert mine.exists()


def test_two_runs_wait_for_each_other(tmp_path: Path) -> None:
    order = []

    def second() -> None:
        with exclusive(tmp_path):
            order.append("second")

    with exclusive(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.05)
        order.append("first")
    other.join(10)
    assert order == ["first", "second"]


def test_a_planted_link_is_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(atomic.os, "urandom", bytes)
    (out / f"x.yaml.{'0' * 12}.tmp").symlink_to(victim)
    with pytest.raises(WriteError):
        apply(plan(out, {"x.yaml": "x: 1\n"}))
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/dev/null"),
    ],
    ids=["fifo", "folder", "endless device", "null"],
)
@pytest.mark.parametrize("name", ["x.yaml", STATE])
def test_what_is_no_file_is_never_read_or_replaced(tmp_path: Path, make, name: str) -> None:
    make(tmp_path / name)
    before = os.lstat(tmp_path / name).st_mode
    with pytest.raises(WriteError, match=r"not a regular file|Is a directory"):
        apply(plan(tmp_path, {"x.yaml": "x: 1\n"}), force=True)
    assert os.lstat(tmp_path / name).st_mode == before


def test_reports_go_into_pipes_and_through_links(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    save(tmp_path / "fifo", "one")
    assert os.read(reader, 10) == b"one"
    os.close(reader)
    assert stat.S_ISFIFO(os.lstat(tmp_path / "fifo").st_mode)
    (tmp_path / "link").symlink_to("sub/target")
    save(tmp_path / "link", "two")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "sub/target").read_text() == "two"
    source, target = os.pipe()
    save(Path(f"/dev/fd/{target}"), "three")
    assert os.read(source, 10) == b"three"
    os.close(source)
    os.close(target)
    save(Path("/dev/null"), "four")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_descriptor_of_a_file_is_written_on_where_it_stands(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb", buffering=0) as log:
        log.write(b"before ")
        save(Path(f"/dev/fd/{log.fileno()}"), "report")
        log.write(b" after")
    assert (tmp_path / "log").read_text() == "before report after"


@pytest.mark.parametrize("path", ["a\0b", "loop", "file/below", "."])
def test_impossible_report_paths_are_errors(tmp_path: Path, path: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError):
        save(tmp_path / path, "x")


def test_permissions_are_kept(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{}")
    (tmp_path / "r.json").chmod(0o600)
    save(tmp_path / "r.json", "x")
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"files": []}',
        '{"files": {"a": 1}, "sources": []}',
        '{"files": {}, "intended": 3}',
        "[" * 100_000,
        '{"files": {}, "sources": {"a": {"b": 7}}}',
    ],
)
def test_a_damaged_record_is_an_error_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE).write_text(text)
    with pytest.raises(WriteError, match=STATE):
        plan(tmp_path, {"x.yaml": "x"})


def test_paths_of_a_record_stay_inside(tmp_path: Path) -> None:
    victim = tmp_path / "victim.yaml"
    victim.write_text("x")
    out = tmp_path / "out"
    out.mkdir()
    known = record.digest(b"x")
    names = ("../victim.yaml", str(victim), "a/../../victim.yaml", "\0")
    (out / STATE).write_text(
        json.dumps({"files": dict.fromkeys(names, known), "intended": dict.fromkeys(names, known)})
    )
    assert apply(plan(out, {}), force=True, prune=True) == []
    assert victim.exists()


# A run over a part of the sources.


def resource(kind: str, name: str, *sources: ObjectRef, file: str) -> Resource:
    return Resource("x/v1", kind, "infra", name, {}, sources, file=file)


def covered(directory: Path, paths: list[str], *objects: tuple[str, str], prune: bool = False):
    """A run that reads `paths` and finds these objects, each (namespace, file)."""
    statuses = [
        ObjectStatus(ObjectRef("Ingress", space, "web"), Location(file, 1, 1), "converted") for space, file in objects
    ]
    resources = [resource("Gateway", "nginx", file="shared.yaml")]
    resources += [
        resource("HTTPRoute", one.ref.namespace, one.ref, file=f"{one.ref.namespace}.yaml") for one in statuses
    ]
    content = {"shared.yaml": ",".join(one.ref.namespace for one in statuses)} | {
        f"{one.ref.namespace}.yaml": "x" for one in statuses
    }
    return plan(directory, content, coverage(directory, paths, resources, statuses, prune))


@pytest.mark.parametrize(
    ("first", "second", "objects", "prune", "refused"),
    [
        (["a", "b"], ["b"], ["b"], False, True),
        (["a", "b"], ["b"], ["b"], True, True),
        (["a", "b"], ["b/x.yaml"], ["b"], False, True),
        (["a", "b"], ["b/*.yaml"], ["b"], False, True),
        (["a", "b"], ["a", "b"], ["b"], False, False),
        (["a", "b"], ["*/*.yaml"], ["b"], False, False),
        (["a", "b"], ["**/x.yaml"], ["b"], False, False),
        (["a", "b"], ["."], ["b"], False, False),
        (["a"], ["a", "b"], ["a", "b"], False, False),
        (["-"], ["-"], ["b"], False, True),
        (["-"], ["-"], ["b"], True, False),
        (["-"], ["b"], ["b"], False, True),
    ],
)
def test_a_part_of_the_sources_takes_nothing_away(  # noqa: PLR0917
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: list[str],
    second: list[str],
    objects: list[str],
    prune: bool,
    refused: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.yaml").touch()
    out = Path("out")
    file = (lambda name: "-") if first == ["-"] else (lambda name: f"{name}/x.yaml")
    before = ["a", "b"] if first != ["a"] else ["a"]
    apply(covered(out, first, *((name, file(name)) for name in before)))
    todo = covered(out, second, *((name, file(name)) for name in objects), prune=prune)
    assert bool(todo.refusal()) is refused
    if refused:
        assert "Ingress a/web" in todo.refusal()
        with pytest.raises(WriteError, match="nothing was written"):
            apply(todo, prune=prune)
        assert (out / "a.yaml").exists()
        assert (out / "shared.yaml").read_text() == "a,b"
    else:
        apply(todo, prune=True)
        assert (out / "shared.yaml").read_text() == ",".join(objects)
        assert (out / "a.yaml").exists() is ("a" in objects)


def test_routes_of_others_are_not_left_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a Gateway that exists nothing is shared, and teams convert into one folder."""
    monkeypatch.chdir(tmp_path)
    out = Path("out")

    def alone(name: str):
        (tmp_path / f"{name}.yaml").touch()
        status = ObjectStatus(ObjectRef("Ingress", name, "web"), Location(f"{name}.yaml", 1, 1), "converted")
        resources = [resource("HTTPRoute", name, status.ref, file=f"{name}/web.yaml")]
        return plan(out, {f"{name}/web.yaml": name}, coverage(out, [f"{name}.yaml"], resources, [status], prune=True))

    for name in ("a", "b", "a", "b"):
        todo = alone(name)
        assert not todo.vanished
        apply(todo, prune=True)
    assert sorted(str(path) for path in out.rglob("*.yaml")) == ["out/a/web.yaml", "out/b/web.yaml"]


# Signals.

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: w{0}, namespace: shop}}
spec:
  ingressClassName: nginx
  rules:
  - host: h{0}.example.com
    http: {{paths: [{{path: /{1}, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signals_while_it_writes(tmp_path: Path, number: signal.Signals) -> None:
    """The signal comes as soon as the first file has been replaced; the process is slowed down to be met there."""
    slow = (
        "import os, signal, sys, time\nfrom converter.writing import atomic\nreal = os.replace\n"
        "for number in (signal.SIGINT, signal.SIGHUP):\n    signal.signal(number, signal.SIG_DFL)\n"  # (ignored in background jobs)
        "def replace(a, b):\n    real(a, b)\n    if b.endswith('w5.yaml'):\n        print('now', flush=True)\n        time.sleep(60)\n"
        "os.replace = replace\nfrom converter.cli import entry\nentry()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", slow, "convert", "in.yaml", "-q", "-o", "out"]
    (tmp_path / "in.yaml").write_text("---\n".join(INGRESS.format(n, "old") for n in range(12)))
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as going:
        assert going.stdout is not None
        assert going.stdout.readline() == "now\n", going.communicate()
        going.send_signal(number)
        _, said = going.communicate(timeout=60)
    assert "Traceback" not in said
    if number is not signal.SIGKILL:
        assert going.returncode == 130
        assert said == "ing2gw: interrupted\n"
    (tmp_path / "in.yaml").write_text("---\n".join(INGRESS.format(n, "new") for n in range(12)))
    todo = subprocess.run(
        [sys.executable, "-m", "converter", "convert", "in.yaml", "-q", "-o", "out", "--fail-on", "never"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert todo.returncode == 0, todo.stderr
    assert sum("value: /new\n" in path.read_text() for path in (tmp_path / "out/routes").rglob("*.yaml")) == 12
    assert {path.suffix for path in (tmp_path / "out").rglob("*") if path.is_file()} == {".yaml", ".json"}
