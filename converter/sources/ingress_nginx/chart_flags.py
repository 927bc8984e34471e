"""Flags that the chart of ingress-nginx makes of its values (charts/ingress-nginx/templates/_params.tpl)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from converter.reading.positioned import Seq
from converter.sources.ingress_nginx.chart_values import HelmValues, text_of


class ReleaseNames(Protocol):
    """What flags name of their release."""

    values: HelmValues
    namespace: str

    @property
    def fullname(self) -> str:
        """Name of the release's objects."""

    @property
    def name(self) -> str:
        """Name of the controller's objects."""

    @property
    def default_backend(self) -> str:
        """Name of the default backend's objects."""


def arguments(release: ReleaseNames) -> Seq:
    """templates/_params.tpl."""
    out = Seq(release.values.at("controller"))
    for text, where in _flags(release):
        out.append(text)
        out.at.append(release.values.at(where))
    return out


def _flags(release: ReleaseNames) -> Iterator[tuple[str, str]]:
    get, own = release.values.get, "controller"
    yield "/nginx-ingress-controller", own
    if not get("controller.enableAnnotationValidations"):
        yield "--enable-annotation-validation=false", "controller.enableAnnotationValidations"
    if get("defaultBackend.enabled"):
        yield f"--default-backend-service={release.namespace}/{release.default_backend}", "defaultBackend"
    if get("controller.publishService.enabled") and get("controller.service.enabled"):
        yield from _publish(release)
    yield (
        f"--controller-class={get('controller.ingressClassResource.controllerValue')}",
        "controller.ingressClassResource",
    )
    if get("controller.ingressClass"):
        yield f"--ingress-class={get('controller.ingressClass')}", "controller.ingressClass"
    yield f"--configmap={get('controller.configMapNamespace') or release.namespace}/{release.name}", "controller.config"
    for kind in ("tcp", "udp"):
        if get(kind):
            where = get(f"controller.{kind}.configMapNamespace") or release.namespace
            yield f"--{kind}-services-configmap={where}/{release.fullname}-{kind}", kind
    yield from _scope(release)
    yield from _switches(release)
    for key, value in release.values.section("controller.extraArgs").items():
        text = text_of(value)
        yield f"--{key}={text}" if text else f"--{key}", f"controller.extraArgs.{key}"


def _publish(release: ReleaseNames) -> Iterator[tuple[str, str]]:
    get = release.values.get
    service = get("controller.publishService.pathOverride") or f"{release.namespace}/{release.name}"
    if get("controller.service.external.enabled"):
        yield f"--publish-service={service}", "controller.publishService"
    elif get("controller.service.internal.enabled"):
        yield f"--publish-service={service}-internal", "controller.publishService"


def _scope(release: ReleaseNames) -> Iterator[tuple[str, str]]:
    get = release.values.get
    if get("controller.scope.enabled"):
        yield f"--watch-namespace={get('controller.scope.namespace') or release.namespace}", "controller.scope"
    elif get("controller.scope.namespaceSelector"):
        yield f"--watch-namespace-selector={get('controller.scope.namespaceSelector')}", "controller.scope"


def _switches(release: ReleaseNames) -> Iterator[tuple[str, str]]:
    for key, flag in (
        ("ingressClassByName", "ingress-class-by-name"),
        ("watchIngressWithoutClass", "watch-ingress-without-class"),
        ("enableTopologyAwareRouting", "enable-topology-aware-routing"),
        ("disableLeaderElection", "disable-leader-election"),
    ):
        if release.values.get(f"controller.{key}"):
            yield f"--{flag}=true", f"controller.{key}"
    if release.values.get("controller.reportNodeInternalIp") and release.values.get("controller.hostNetwork"):
        yield "--report-node-internal-ip-address=true", "controller.reportNodeInternalIp"
    if release.values.get("controller.metrics.enabled"):
        yield "--enable-metrics=true", "controller.metrics"
