"""`make same` names every input that one of two revisions treats differently."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.same import CODE, HERE, ask, differing, jobs


def test_every_kind_of_run_is_there() -> None:
    names = [job.name for job in jobs()]
    for style in ("--strict", "--to aws", "--to envoy-gateway@1.7", "--to gateway-api", "trace"):
        assert f"fixtures/ingress-nginx/prefix-basic {style}" in names
    assert "fixtures/acp/store --preset acp --strict" in names
    assert any(name.startswith("faults/") for name in names)


def test_a_changed_hint_is_a_difference(tmp_path: Path) -> None:
    for name in CODE:
        copy = shutil.copytree if (HERE / name).is_dir() else shutil.copy
        copy(HERE / name, tmp_path / name)
    pack = tmp_path / "mappings" / "targets" / "envoy-gateway.yaml"
    pack.write_text(pack.read_text().replace('hint: "', 'hint: "Changed: '))
    todo = [job for job in jobs() if job.name.startswith("fixtures/ingress-nginx/configuration-snippet ")]
    before, after = ask(HERE, todo, 2), ask(tmp_path, todo, 2)
    assert len(before) == len(todo) > 4
    assert not differing(before, ask(HERE, todo, 1))
    assert f"{todo[0].name}: json, text" in differing(before, after)
    assert "gone: only before" in differing({"gone": {"exit": "0"}}, {})
