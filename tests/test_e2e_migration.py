"""The estates of docs/migration.md on the real Envoy: each host answers what is computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model.options import Options
from converter.pipeline.run import convert
from tests import live
from tests.test_e2e_features import HARMLESS
from tests.test_e2e_products import PROBES, differences, requests

ESTATES = {
    "aws-alb": Options(),
    "alauda-alb": Options(preset="acp", target="envoy-gateway@1.7"),
    "ingress-nginx": Options(),
}
HMAC = "HMAC secret /envoy-oidc-hmac not found"
"""Envoy Gateway makes this Secret itself when it is installed; egctl has none."""
SIGNED_IN = ("statements.bank.example.com", "reports.bank.example.com")
FOLDER = Path(__file__).parent.parent / "fixtures" / "migration"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]


@pytest.mark.parametrize("estate", ESTATES)
def test_the_real_target_answers_as_computed(estate: str, tmp_path: Path) -> None:
    result = convert([str(FOLDER / estate)], ESTATES[estate])
    services = [service.body for service in result.inventory.services.values()]
    manifests = [*services, *live.made_secrets(result), *(one.body for one in result.resources)]
    asked = [one for one in requests(result) if one["path"] not in PROBES[2:] and one["host"] not in SIGNED_IN]
    with live.target(manifests, tmp_path) as running:
        assert not [one for one in live.problems(running, HARMLESS) if HMAC not in one["problem"]]
        wrong = differences(result, running, asked)
    assert not wrong, "\n".join(wrong)
