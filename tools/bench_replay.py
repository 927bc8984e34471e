"""Measure `ing2gw replay` over generated access logs; writes the section "Replay" of docs/performance.md.

    python tools/bench_replay.py [--millions 1,10] [--stdout]

Nearly every line has a path or query of its own, as in logs of shops and APIs: identifiers, slugs, tokens of pages.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from converter.replay.log_format import complete_format  # noqa: E402
from tools import bench  # noqa: E402

HEADING = "## Replay"
HOSTS = 40
MILLION = 1_000_000
SETTINGS = (
    'nginx.ingress.kubernetes.io/whitelist-source-range: "0.0.0.0/1,10.0.0.0/8"',
    "nginx.ingress.kubernetes.io/proxy-body-size: 8m",
    'nginx.ingress.kubernetes.io/enable-cors: "true"',
)


def estate() -> str:
    """Forty hosts with certificates, two Services each, and the log format that lacks nothing."""
    parts = [
        "apiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}\n"
        f"data:\n  log-format-upstream: '{complete_format()}'\n"
    ]
    for number in range(HOSTS):
        paths = "".join(
            f"      - path: {path}\n        pathType: Prefix\n"
            f"        backend: {{service: {{name: {name}, port: {{number: 80}}}}}}\n"
            for path, name in (("/", "web"), ("/api", "api"))
        )
        parts.append(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\n"
            f"metadata:\n  name: web\n  namespace: team{number}\n"
            f"  annotations:\n    {SETTINGS[number % len(SETTINGS)]}\n"
            f"spec:\n  ingressClassName: nginx\n  tls: [{{hosts: [host{number}.example.com], secretName: tls}}]\n"
            f"  rules:\n  - host: host{number}.example.com\n    http:\n      paths:\n{paths}"
        )
    return "---\n".join(parts)


def lines(count: int, seed: int) -> Iterator[str]:
    """Lines of ingress-nginx, of some 290 bytes."""
    chance = random.Random(seed).random  # noqa: S311
    for number in range(count):
        host, kind = int(chance() * chance() * HOSTS), chance()
        target = (
            "/",
            f"/api/users/{int(chance() * 1e6)}",
            f"/api/v2/items/item-{int(chance() * 5000)}",
            f"/static/app.{int(chance() * 1e5):x}.js",
            f"/search?q=word{int(chance() * 5000)}&page={int(chance() * 20)}",
            f"/products/item-{int(chance() * 5000)}?ref={int(chance() * 1e9):x}",
        )[int(kind * 6)]
        scheme = "https" if chance() < 0.9 else "http"
        status = 308 if scheme == "http" else 200 if chance() < 0.93 else 404
        address = "-" if status == 308 else f"10.244.1.{int(kind * 250)}:8080"
        service = "api" if target.startswith("/api") else "web"
        agent = f"Mozilla/5.0 (X{int(chance() * 200)}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"
        client = f"{int(chance() * 223)}.{int(chance() * 255)}.{int(chance() * 255)}.{int(kind * 255)}"
        yield (
            f'{client} - - [28/Nov/2026:12:00:00 +0000] "GET {target} HTTP/1.1" {status} 900 "-" "{agent}" '
            f"300 {kind:.3f} [team{host}-{service}-80] [] {address} 900 {kind:.3f} {status} {number:032x} "
            f"{scheme} host{host}.example.com\n"
        )


def measure(folder: Path, logs: list[Path]) -> bench.Measured:
    """One replay of these logs, in a process of its own."""
    command = [sys.executable, "-m", "converter", "replay", str(folder / "estate.yaml"), "--config", ""]
    return bench._run([*command, *(word for log in logs for word in ("--log", str(log)))])


def rows(millions: list[int]) -> Iterator[str]:
    """The table, line by line."""
    yield "| lines | size | wall time | processor time | a million lines | exponent | peak memory |"
    yield "|---|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as name:
        folder, logs = Path(name), list[Path]()
        (folder / "estate.yaml").write_text(estate())
        before: tuple[int, float] | None = None
        for count in millions:
            while len(logs) < count:
                logs.append(folder / f"access-{len(logs)}.log")
                with logs[-1].open("w") as out:
                    out.writelines(lines(MILLION, len(logs)))
            found = measure(folder, logs[:count])
            size = sum(log.stat().st_size for log in logs[:count]) / 1e9
            grown = math.log(found.processor / before[1]) / math.log(count / before[0]) if before else None
            before = count, found.processor
            cells = [f"{count} million", f"{size:.1f} GB", f"{found.seconds:.0f} s", f"{found.processor:.0f} s"]
            cells += [f"{found.processor / count:.1f} s", "" if grown is None else f"{grown:.2f}"]
            yield f"| {' | '.join([*cells, f'{found.megabytes:.0f} MB'])} |"


TEXT = """\
{heading}

`ing2gw replay ESTATE --log FILES` over generated logs of ingress-nginx, of which nearly every line has a path or a
query of its own, for forty hosts with certificates, address lists and CORS. The exponent is 1 where cost grows in step
with the lines.

{table}

Measured by `python tools/bench_replay.py` ({system}, {cores} cores, Python {python}).
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--millions", default="1,10")
    parser.add_argument("--stdout", action="store_true", help="print instead of writing docs/performance.md")
    args = parser.parse_args()
    table = "\n".join(rows([int(one) for one in args.millions.split(",")]))
    cores, python = os.cpu_count(), platform.python_version()
    text = TEXT.format(heading=HEADING, table=table, system=platform.system(), cores=cores, python=python)
    if args.stdout:
        sys.stdout.write(text)
    else:
        bench.TARGET.write_text(f"{bench.TARGET.read_text().partition(HEADING)[0].rstrip()}\n\n{text}")


if __name__ == "__main__":
    main()
