"""Record what Go's regexp says of the patterns in tests/data/re2.json; needs `go`, and is run by hand.

python tools/record_re2.py            # ask again about the recorded patterns
python tools/record_re2.py 'a**' ...  # and about further ones
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TABLE = Path(__file__).parents[1] / "tests" / "data" / "re2.json"
PROGRAM = """package main
import ("encoding/json"; "os"; "regexp")
func main() {
    var patterns []string
    json.NewDecoder(os.Stdin).Decode(&patterns)
    valid := map[string]bool{}
    for _, pattern := range patterns { _, err := regexp.Compile(pattern); valid[pattern] = err == nil }
    json.NewEncoder(os.Stdout).Encode(valid)
}
"""


def main() -> None:
    """Ask Go, and write pattern -> valid."""
    known = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    patterns = sorted({*known, *sys.argv[1:]})
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "main.go"
        program.write_text(PROGRAM, encoding="utf-8")
        answer = subprocess.run(
            ["go", "run", str(program)], input=json.dumps(patterns), capture_output=True, text=True, check=True
        )
    valid = json.loads(answer.stdout)
    lines = ",\n".join(f"{json.dumps(one, ensure_ascii=False)}: {json.dumps(valid[one])}" for one in patterns)
    TABLE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    print(f"{len(patterns)} patterns, {sum(valid.values())} valid")


if __name__ == "__main__":
    main()
