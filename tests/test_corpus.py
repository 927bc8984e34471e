"""598 public files: no crash, every fact in one finding, valid output, nothing unannounced."""

from __future__ import annotations

import pytest

from converter.model.options import Options
from converter.pipeline.run import convert
from tests.complete import broken_promises
from tests.shared_data import CORPUS

FILES = sorted(CORPUS.rglob("*.yaml")) if CORPUS.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the corpus of public manifests is not here")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem[-60:]}")
@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
def test_one_file(path, strict):
    broken = broken_promises(convert([str(path)], Options(strict=strict)))
    assert not broken, "\n".join(broken[:20])


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api"])
def test_all_files_together(target):
    broken = broken_promises(convert([str(CORPUS)], Options(target=target)))
    assert not broken, "\n".join(broken[:20])


def test_all_of_alauda_together_in_strict_style():
    """Hosts with more rules than a route holds, on two ports: the order of the parts is that of their names."""
    broken = broken_promises(convert([str(CORPUS / "alauda")], Options(strict=True, preset="acp")))
    assert not broken, "\n".join(broken[:20])
