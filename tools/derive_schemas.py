"""Write the compact schemas of mappings/schemas/ from full CustomResourceDefinitions.

    python tools/derive_schemas.py ../shared/crds [--out mappings/schemas]

Every directory below the given one that holds definitions of known kinds becomes one file, named by its path:
`gateway-api-v1.6.1/standard` is written to `gateway-api-v1.6.1-standard.json`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from converter.validation.derive import derive, dumped, read_crds


def main() -> None:
    """Derive all bundles below a directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crds", type=Path, help="directory with one folder of CRD files for each version")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "mappings" / "schemas")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for directory in sorted({path.parent for path in options.crds.rglob("*.yaml")}):
        bundle = derive(read_crds(directory))
        if bundle["kinds"]:
            name = "-".join(directory.relative_to(options.crds).parts)
            text = dumped(bundle)
            (options.out / f"{name}.json").write_text(text, encoding="utf-8")
            print(f"{name}: {len(bundle['kinds'])} kinds, {len(bundle['rules'])} rules, {len(text)} bytes")


if __name__ == "__main__":
    main()
