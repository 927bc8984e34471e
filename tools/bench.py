"""Measure `ing2gw convert`, validation included, from the start of the process to its exit; writes docs/performance.md.

    python tools/bench.py [--all] [--counts 1,2000,10000] [--repeat 2] [--only TEXT] [--stdout]

Without `--all`, a few shapes that stand for the others are measured: some ten minutes on a quiet machine. Beside it,
the same file is given to `ingress2gateway print`, where that is on the PATH.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tools.estate_settings import OWN_SETTINGS  # noqa: E402
from tools.estates import GROWING, LARGE, OWN_VALUES, Shape  # noqa: E402

TARGET = ROOT / "docs/performance.md"
MEMORY = "/dev/shm"  # noqa: S108
"""Where it is there, files are kept in memory: making ten thousand of them on a disk takes anything from half a second
to four, whoever makes them."""
DOUBLINGS = (500, 1000, 2000)
CHOSEN = {
    "three paths, TLS": (1, 2000),
    "mixed annotations": (2000,),
    "own limits and hosts": (2000,),
    "own CORS origins and timeouts": (2000, 10000),
    "own several": (2000,),
}
"""Shapes that stand for the others, and how many Ingresses of each."""
ALL_COUNTS = (1, 2000, 10000)


class Measured(NamedTuple):
    """One run: seconds from start to exit, seconds of processor time, megabytes at most."""

    seconds: float
    processor: float
    megabytes: float


def measure(shape: Shape, count: int, repeat: int, *, beside: bool = True) -> tuple[Measured, Measured | None]:
    """The fastest of some runs of ing2gw, and (`beside`) of ingress2gateway where it is installed."""
    with tempfile.TemporaryDirectory(dir=MEMORY if Path(MEMORY).is_dir() else None) as folder:
        source = Path(folder) / "in.yaml"
        source.write_text("---\n".join(shape(count)))
        ours = min(_run(_convert(source, Path(folder) / f"out-{turn}")) for turn in range(repeat))
        other = shutil.which("ingress2gateway") if beside else None
        if other is None:
            return ours, None
        command = [other, "print", "--providers=ingress-nginx", f"--input-file={source}"]
        return ours, min(_run(command) for _ in range(repeat))


def _convert(source: Path, target: Path) -> list[str]:
    choices = ["-o", str(target), "--fail-on", "never", "--config", ""]
    return [sys.executable, "-m", "converter", "convert", str(source), *choices]


def _run(command: list[str]) -> Measured:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    assert process.stderr is not None  # noqa: S101
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{errors.decode()}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 2**20)


def rows(shapes: dict[str, Shape], counts: dict[str, Sequence[int]], repeat: int) -> Iterator[str]:
    """The table of shapes, line by line. `counts`: of Ingresses, by the name of the shape."""
    heads = ["shape", "Ingresses", "wall time", "processor time", "peak memory"]
    heads += ["ingress2gateway: processor time", "peak memory"]
    yield _row(heads)
    yield f"|{'---|' * len(heads)}"
    for name, shape in shapes.items():
        for count in counts[name]:
            ours, other = measure(shape, count, repeat)
            cells = [name, f"{count:,}", f"{ours.seconds:.2f} s", f"{ours.processor:.2f} s", f"{ours.megabytes:.0f} MB"]
            cells += ["-", "-"] if other is None else [f"{other.processor:.2f} s", f"{other.megabytes:.0f} MB"]
            yield _row(cells)


def growth(shapes: dict[str, Shape], repeat: int) -> Iterator[str]:
    """The table of shapes that are doubled twice; the exponent is 1 where cost grows in step with the input."""
    heads = ["shape", *(f"{count:,}" for count in DOUBLINGS), "exponent", "peak memory"]
    yield _row(heads)
    yield f"|{'---|' * len(heads)}"
    for name, shape in shapes.items():
        empty = measure(shape, 1, repeat, beside=False)[0].processor
        found = [measure(shape, count, repeat, beside=False)[0] for count in DOUBLINGS]
        first, last = (max(one.processor - empty, 0.01) for one in (found[0], found[-1]))
        exponent = math.log(last / first) / math.log(DOUBLINGS[-1] / DOUBLINGS[0])
        times = [f"{one.processor:.2f} s" for one in found]
        yield _row([name, *times, f"{exponent:.2f}", f"{found[-1].megabytes:.0f} MB"])


def _row(cells: list[str]) -> str:
    line = f"| {' | '.join(cells)} |"
    sys.stderr.write(f"{line}\n")
    return line


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--all", action="store_true", help="every shape with 1, 2,000 and 10,000 Ingresses (an hour)")
    parser.add_argument("--counts", default="", help="other numbers of Ingresses")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--only", default="", help="shapes whose name holds this text")
    parser.add_argument("--stdout", action="store_true", help="print instead of writing docs/performance.md")
    args = parser.parse_args()
    every = LARGE | OWN_VALUES | OWN_SETTINGS
    large, growing = (
        {name: shape for name, shape in shapes.items() if args.only in name}
        for shapes in (every if args.all or args.only else {name: every[name] for name in CHOSEN}, GROWING)
    )
    given = tuple(int(one) for one in args.counts.split(",") if one)
    counts: dict[str, Sequence[int]] = {
        name: given or (ALL_COUNTS if args.all else CHOSEN.get(name, ALL_COUNTS)) for name in large
    }
    text = TEXT.format(
        table="\n".join(rows(large, counts, args.repeat)),
        growth="\n".join(growth(growing, args.repeat)),
        cores=os.cpu_count(),
        python=platform.python_version(),
        repeat=args.repeat,
        system=platform.system(),
    )
    if args.stdout:
        sys.stdout.write(text)
    else:
        kept = re.search(r"\n## What exists for speed alone\n.*", TARGET.read_text(), re.DOTALL)  # and of other tools
        TARGET.write_text(text + (kept[0] if kept else ""))


TEXT = """\
# Performance

The whole life of `ing2gw convert FILE -o OUT`, from the start of the process to its exit, with everything that it does
by default: every output object is checked against schema and rules, both routing tables are compared, the report is
printed. Shapes are those of `tools/estates.py` and `tools/estate_settings.py`; "own" means that every Ingress has a
value that no other has. `python tools/bench.py --all` measures them all.

{table}

## Growth

Seconds of processor time for n, 2n and 4n. The exponent is 1 where cost grows in step with the input.

{growth}

## How it was measured

`make bench` ({system}, {cores} cores, Python {python}; the fastest of {repeat} runs). Files are kept in memory
(/dev/shm) where that is possible, since making thousands of files on a disk depends on the file system alone. Memory is
the largest resident set of the process; a run is one process with one thread. `ingress2gateway print` (Go; it validates
and compares nothing) is given the same file, where it is installed. Wall time is that of the clock, processor time that
of the process; a busy machine makes both longer. The two columns of a row were measured one after the other, and are
compared with each other only.
"""

if __name__ == "__main__":
    main()
