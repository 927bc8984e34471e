"""Measure `ing2gw probe` against servers on loopback and write the section of docs/performance.md about it.

The servers run in a process of their own and answer as the computed tables do.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "docs/performance.md"
HEADING = "\n## Probe\n"
RATES = (5, 50, 1000)
LIMIT = {5: 60, 50: 300, 1000: 1000}


def estate(folder: Path, hosts: int) -> Path:
    """Ingresses for so many hosts with one certificate."""
    names = [f"app{number}.example.com" for number in range(hosts)]
    rules = "".join(
        f"  - host: {name}\n    http: {{paths: [{{path: /, pathType: Prefix, backend: "
        f"{{service: {{name: app{number}, port: {{number: 80}}}}}}}}]}}\n"
        for number, name in enumerate(names)
    )
    file = folder / "estate.yaml"
    file.write_text(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec:\n"
        f"  ingressClassName: nginx\n  tls: [{{hosts: {json.dumps(names)}, secretName: shop-tls}}]\n  rules:\n{rules}"
    )
    return file


def serve(file: str) -> None:
    """Run the servers of both sides until stdin ends; prints their addresses."""
    from converter.model.options import Options
    from converter.pipeline.run import convert
    from tests.probe_servers import Authority, of_table, server, serving

    (comparison,) = convert([file], Options()).comparisons
    context = [("", Authority(Path(file).parent).context("*.example.com", days=days)) for days in (90, 90)]
    sides = [of_table(comparison.before), of_table(comparison.after)]
    servers = [one for side, tls in zip(sides, context, strict=True) for one in (server(side), server(side, tls))]
    with serving(*servers):
        print(" ".join(one.address for one in servers), flush=True)
        sys.stdin.read()


def measure(file: Path, rate: int) -> tuple[int, float, float]:
    """Requests to each address, and the seconds that the command took, by the clock and of a processor."""
    running = subprocess.Popen(
        [sys.executable, __file__, "--serve", str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    places = running.stdout.readline().split() if running.stdout else []
    keys = ("--before http=", "--before https=", "--after http=", "--after https=")
    words = [word for key, place in zip(keys, places, strict=True) for word in f"{key}{place}".split()]
    options = ["--rate", str(rate), "--limit", str(LIMIT[rate]), "--insecure", "--report", "json", "-q", "--config", ""]
    command = [sys.executable, "-m", "converter", "probe", str(file), *words, *options]
    start, before = time.perf_counter(), _processor()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    seconds, used = time.perf_counter() - start, _processor() - before
    running.communicate()
    report = json.loads(done.stdout)
    if report["failed"]:
        sys.exit(f"{report['failed']}")
    return max(report["sent"].values()), seconds, used


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = estate(Path(folder), 100)
        found = [(rate, *measure(file, rate)) for rate in RATES]
    rows = "\n".join(
        f"| {rate:,} | {LIMIT[rate]:,} | {sent:,} | {seconds:.1f} s | {used:.1f} s | {sent / seconds:.0f} |"
        for rate, sent, seconds, used in found
    )
    text, _, rest = TARGET.read_text().partition(HEADING)
    after = re.search(r"\n## .*", rest, re.DOTALL)
    TARGET.write_text(f"{text.rstrip()}\n{HEADING}{SECTION.format(rows=rows)}{after[0] if after else ''}")


SECTION = """
`ing2gw probe` on an Ingress of 100 hosts with one certificate, against four servers in Python in a second process on
the same two cores (`tools/bench_probe.py`). Nearly every request is a TLS handshake of its own on both sides; requests
to the two addresses are sent at the same time. The rate is the limit, up to what the cores can encrypt. Processor time
is that of the command, its start included. Measure on a quiet machine: other work makes the wall time longer.

| `--rate` | `--limit` | requests to each address | wall time | processor time | requests a second to each |
|---|---|---|---|---|---|
{rows}
"""

if __name__ == "__main__":
    main()
