"""What starts a command can be the first that is imported: a circle shows only from where nobody has started yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPT = """
import importlib, sys
wrong = []
for name in sys.argv[1:]:
    for known in [one for one in sys.modules if one.partition(".")[0] == "converter"]:
        del sys.modules[known]
    try:
        importlib.import_module(name)
    except ImportError as error:
        wrong.append(f"{name}: {error}")
sys.exit("\\n".join(wrong) or 0)
"""


def test_packages_commands_and_targets_can_be_imported_first() -> None:
    files = sorted((ROOT / "converter").rglob("__init__.py"))
    files += [*sorted((ROOT / "converter/cli").glob("*.py")), *sorted((ROOT / "converter/targets").glob("*/target.py"))]
    paths = [(path.parent if path.name == "__init__.py" else path).relative_to(ROOT) for path in files]
    names = dict.fromkeys(".".join(path.with_suffix("").parts) for path in paths)
    done = subprocess.run([sys.executable, "-c", SCRIPT, *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
