"""How the routes of another domain are used for tests."""

from __future__ import annotations

from converter.model import ObjectRef
from converter.packs.migration import staging_settings
from converter.planning.commands import curl, quoted, resource
from converter.planning.estate import Estate
from converter.planning.plan import PlanStep
from converter.planning.steps import listed, step
from converter.staging.host_names import StagingNames
from converter.staging.run import table_hosts

MOST_TESTS = 10
"""Hosts that are asked one by one."""


def staging_steps(estate: Estate, domain: str) -> list[PlanStep]:
    """Make their certificate, apply them, ask them, and take them away."""
    settings = staging_settings()
    names = StagingNames(table_hosts(estate.result), domain).names
    folder = quoted(estate.path(settings["folder"]))
    gateways = [ObjectRef("Gateway", one.namespace, f"{one.name}{settings['suffix']}") for one in estate.gateways]
    spaces = sorted({one.namespace for one in gateways})
    secret = settings["secret"]
    make = [
        f"kubectl create secret tls -n {quoted(space)} {secret} --cert staging.crt --key staging.key"
        for space in spaces
    ]
    deeper = sorted(name for name in names.values() if name.startswith("*.") or name.count(".") > domain.count(".") + 1)
    secrets = [ObjectRef("Secret", space, secret) for space in spaces]
    asked = [name for name in names.values() if not name.startswith("*.")][:MOST_TESTS]
    return [
        step("staging-certificate", make, secrets, secret=secret, domain=domain, deeper=listed(deeper)),
        step("staging-apply", [f"kubectl apply -R -f {folder}"], gateways, domain=domain),
        step("staging-test", [*_addresses(gateways), *(curl(name, "https", "$STAGING") for name in asked)], gateways),
        step("staging-delete", [f"kubectl delete -R -f {folder}"], gateways),
    ]


def _addresses(gateways: list[ObjectRef]) -> list[str]:
    return [
        f"STAGING=$(kubectl get {resource(one)} -o jsonpath='{{.status.addresses[0].value}}')" for one in gateways[:1]
    ]
