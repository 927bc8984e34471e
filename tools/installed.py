"""Test a wheel as a user has it: installed.py WHEEL [PYTHON]

The wheel is installed into an environment of its own, and the tests that need nothing but the command, the library and
the input of this repository run there, beside no source tree: fixtures, cases of fixtures/faults and recorded answers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("pytest>=8", "pytest-xdist>=3.5", "hypothesis>=6.100", "pyyaml>=6")
COPIED = ("tests", "fixtures")
TESTS = (
    "test_fixtures.py",
    "test_fixture_acp.py",
    "test_faults.py",
    "test_nginx_oracle.py",
    "test_alauda_oracle.py",
    "test_aws_oracle.py",
    "test_read_back_oracle.py",
)
REPORTS = ("json:report.json", "html:report.html", "sarif:report.sarif", "markdown:report.md", "junit:report.xml")


def run(folder: Path, *command: object, codes: tuple[int, ...] = (0,)) -> str:
    """The output of a command; ends the program where its exit code is another."""
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "ING2GW_SHARED": str(folder / "absent")}
    done = subprocess.run(
        [str(one) for one in command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode not in codes:
        sys.exit(f"{' '.join(str(one) for one in command)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def commands(folder: Path, program: Path) -> None:
    """Each command once, and what a conversion leaves behind."""
    print(run(folder, program, "--version").strip())
    run(folder, program.with_name("kubectl-ing2gw"), "--version")
    for command in (("matrix", "--format", "json"), ("explain", "cors")):
        run(folder, program, *command)
    demo = folder / "fixtures" / "demo"
    reports = [word for one in REPORTS for word in ("--report", one)]
    run(folder, program, "convert", demo, "-o", "out", *reports, "--fail-on", "never", codes=(0, 1))
    run(folder, program, "verify", demo, codes=(0, 1))
    files = ("out/.ing2gw.json", *(one.partition(":")[2] for one in REPORTS))
    missing = [name for name in files if not (folder / name).stat().st_size]
    report = json.loads((folder / "report.json").read_text())
    if missing or not report["summary"]["objects"]["converted"]:
        sys.exit(f"empty: {missing}, {report['summary']}")
    internal = [one for one in report["findings"] if one["code"].startswith("internal.")]
    if internal:
        sys.exit(f"{internal}")


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    wheel, python = Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        binaries = folder / "venv" / "bin"
        run(folder, python, "-m", "venv", folder / "venv")
        run(folder, binaries / "pip", "install", "--quiet", "--disable-pip-version-check", wheel, *TOOLS)
        for part in COPIED:
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        commands(folder, binaries / "ing2gw")
        found = run(folder, binaries / "python", "-c", "import converter; print(converter.__file__)").strip()
        if "site-packages" not in found:
            sys.exit(f"the tests would run against {found}")
        tests = [f"tests/{one}" for one in TESTS]
        print(run(folder, binaries / "python", "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *tests))


if __name__ == "__main__":
    main()
