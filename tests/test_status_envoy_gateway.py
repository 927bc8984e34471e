"""`ing2gw status` on what Envoy Gateway 1.9 itself writes for broken estates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import invoke
from tests.envoy_gateway_status import EGCTL, FAULTS, broken, recorded, translated, with_certificate, with_statuses
from tests.status_input import text

EXPECTED = {
    "no-service": ("references", "BackendNotFound", "A Service of backendRefs does not exist; its requests get 500."),
    "no-port": ("references", "PortNotFound", "The Service has no such port."),
    "no-endpoints": ("endpoints", "0 of 0 endpoints ready", "Look at the pods behind the Service."),
    "no-secret": ("references", "InvalidCertificateRef", "The Secret of the certificate is missing"),
    "no-grant": ("references", "RefNotPermitted", "no ReferenceGrant there permits it."),
    "broken-secret": ("references", "InvalidCertificateRef", "holds no valid pair"),
    "other-host": ("accepted", "NoMatchingListenerHostname", "No listener of the Gateway has a hostname that covers"),
    "other-namespaces": ("accepted", "NotAllowedByListeners", "does not admit the namespace"),
    "other-section": ("accepted", "NoMatchingParent", "no listener of the name or port"),
    "two-policies": ("accepted", "Conflicted", "An older policy of the same kind has the same target"),
    "policy-without-target": ("accepted", "has no condition", "Look whether its target is in the cluster"),
    "unknown-filter": ("references", "UnsupportedValue", "A filter or backend that the route refers to is missing"),
}
NOT_SERVED = {"no-secret", "no-grant", "broken-secret", "other-host", "other-namespaces", "other-section"}
"""Faults with which the new Gateway does not serve the host."""


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_explained(fault: str, tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(text(with_statuses(broken(fault), recorded(fault))))
    found = invoke(("status", "cluster.yaml", "--format", "json"), tmp_path)
    (web,) = [one for one in json.loads(found.out)["ingresses"] if one["name"] == "Ingress shop/web"]
    bad = [one for one in web["checks"] if one["state"] in ("failed", "waiting")]
    assert web["servedBy"] == ("old controller" if fault in NOT_SERVED else "both")
    if fault == "whole":
        assert (found.code, bad) == (0, [])
        return
    aspect, reason, words = EXPECTED[fault]
    assert found.code == 1
    assert any(
        one["aspect"] == aspect and reason in one["message"] and words in f"{one['means']} {one['do']}" for one in bad
    ), bad


@pytest.mark.e2e
@pytest.mark.skipif(not EGCTL, reason="needs egctl (in PATH or $EGCTL)")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_recording_is_what_envoy_gateway_writes(fault: str, tmp_path: Path) -> None:
    assert translated(with_certificate(broken(fault), tmp_path), tmp_path) == recorded(fault)
