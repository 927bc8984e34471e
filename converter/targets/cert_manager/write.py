"""Certificates in place of those that ingress-shim makes, for the time when nobody owns the Ingress any more.

gateway-shim makes none for the Gateway: it skips a listener whose certificateRef lies in another namespace
(cert-manager: pkg/controller/certificate-shim/sync.go validateGatewayListenerBlock), and the Gateway's is another one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import FieldRef, ObjectRef, Origin, Outcome
from converter.packs.load import TargetRow
from converter.reading.inventory import Ingress
from converter.routing.table import Feature
from converter.targets.cert_manager.certificate import PREFIX, InvalidAnnotationError, spec_of
from converter.targets.consumers import copied_labels, ingress_of, ingresses
from converter.targets.context import Context
from converter.targets.handlers import handler

KIND = "Certificate"
ISSUERS = (f"{PREFIX}issuer", f"{PREFIX}cluster-issuer")
_HTTP01 = "an issuer that solves HTTP-01 by Ingress needs a solver http01.gatewayHTTPRoute.parentRefs"


class _Issued(NamedTuple):
    """The Secrets of an Ingress that get a Certificate, and why the others get none."""

    secrets: tuple[str, ...]
    invalid: InvalidAnnotationError | None = None
    reason: str = ""
    others: tuple[str, ...] = ()


class IssuedCertificates(dict[ObjectRef | None, _Issued]):
    """What was written for each Ingress."""


class CertificateOwners(dict[tuple[str, str], Ingress]):
    """Namespace and name of a Secret -> the oldest Ingress with an issuer that names it."""


@handler("certificate")
def certificate(draft: Any, feature: Feature, row: TargetRow) -> Outcome:
    """One Certificate a Secret, beside the Ingress; once for all rules of an Ingress."""
    context: Context = draft.context
    owner = draft.rule.object
    ingress = ingress_of(context, owner)
    done = context.output.shared.of(IssuedCertificates, IssuedCertificates)
    if ingress is None:
        return Outcome.exact("certificate-issuer.certificate", row.note)
    if owner not in done:
        done[owner] = _issue(context, ingress)
    for origin in feature.origins:
        context.ledger.settle(origin, _outcome(origin, ingress, done[owner], row), feature.name)
    return Outcome.exact("certificate-issuer.certificate", row.note)


def _issue(context: Context, ingress: Ingress) -> _Issued:
    """Write the Certificates of an Ingress."""
    if not any(key in ingress.annotations for key in ISSUERS):
        return _Issued((), reason="its issuer is the default one of cert-manager (--default-issuer-name)")
    blocks = [block for block in ingress.tls if block.secret and block.hosts]
    names = [block.secret for block in ingress.tls]
    if len(set(names)) < len(names):
        return _Issued((), reason="two entries of spec.tls name one Secret, which cert-manager refuses")
    if not blocks:
        return _Issued((), reason="no entry of spec.tls has both hosts and a Secret")
    try:
        specs = {block.secret: spec_of(block.secret, block.hosts, ingress.annotations) for block in blocks}
    except InvalidAnnotationError as error:
        return _Issued((), error, str(error))
    mine = [name for name in specs if _owner_of(context, ingress, name) is ingress]
    free = [name for name in mine if not _stands_alone(context, ingress.namespace, name)]
    for name in free:
        made = context.output.objects.add(KIND, ingress.namespace, name, specs[name], [ingress.ref])
        labels = copied_labels(ingress.labels)
        if labels:
            made.body["metadata"].setdefault("labels", {}).update(labels)
    return _Issued(tuple(free), others=tuple(name for name in specs if name not in free))


def _owner_of(context: Context, ingress: Ingress, secret: str) -> Ingress:
    """The oldest Ingress with an issuer that names this Secret: its Certificate stands, and others leave it alone."""
    rivals = context.output.shared.of(CertificateOwners, lambda: _owners(context))
    return rivals.get((ingress.namespace, secret), ingress)


def _owners(context: Context) -> CertificateOwners:
    out = CertificateOwners()
    for one in sorted(ingresses(context), key=lambda one: (one.created or "~", one.index)):
        if any(key in one.annotations for key in ISSUERS):
            for block in one.tls:
                out.setdefault((one.namespace, block.secret), one)
    return out


def _stands_alone(context: Context, namespace: str, secret: str) -> bool:
    """A Certificate of the input for this Secret that no Ingress owns goes on as it is."""
    for document in context.inventory.of(KIND):
        spec, metadata = document.body.get("spec"), document.body.get("metadata")
        if document.namespace == namespace and isinstance(spec, dict) and spec.get("secretName") == secret:
            owners = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
            return not any(isinstance(one, dict) and one.get("kind") == "Ingress" for one in owners or ())
    return False


def _outcome(origin: Origin, ingress: Ingress, issued: _Issued, row: TargetRow) -> Outcome:
    key = origin.key
    if issued.invalid is not None:
        if issued.invalid.key == key:
            return Outcome.manual(
                "certificate-issuer.invalid",
                f"cert-manager refuses it and issues nothing: {issued.reason}",
                "correct the value",
                affects=(),
            )
        return Outcome.obsolete(
            "certificate-issuer.unread",
            f"cert-manager issues nothing for the Ingress, as it rejects {issued.invalid.key}",
        )
    if issued.reason and key == "kubernetes.io/tls-acme" and "default" in issued.reason:
        return Outcome.manual(
            "certificate-issuer.default",
            f"cert-manager issues the certificate by its default issuer: {issued.reason}, which is not in the input",
            "write a Certificate with this issuer beside the application; delete the "
            "Ingress, which owns the present Certificate, only after that",
            affects=(),
        )
    if issued.reason:
        return Outcome.obsolete(
            "certificate-issuer.unread", f"cert-manager issues nothing for the Ingress: {issued.reason}"
        )
    if not issued.secrets:
        return Outcome.exact(
            "certificate-issuer.other",
            "another Certificate of the input or of an older Ingress issues "
            f"the Secret {', '.join(issued.others)}; it is not written twice",
        )
    fields = tuple(FieldRef(KIND, ingress.namespace, name, "spec") for name in issued.secrets)
    if key in ISSUERS:
        return _handed_over(ingress, issued.secrets)._replace(fields=fields)
    if key == "kubernetes.io/tls-acme":
        return Outcome.obsolete("certificate-issuer.unread", "has no effect: the Ingress names its issuer")
    return Outcome.exact("certificate-issuer.field", "becomes a part of the Certificate", fields=fields)


def _handed_over(ingress: Ingress, secrets: tuple[str, ...]) -> Outcome:
    names = ", ".join(f"{ingress.namespace}/{name}" for name in secrets)
    patch = """-p '[{"op":"remove","path":"/metadata/ownerReferences"}]'"""
    commands = "; ".join(
        f"kubectl -n {ingress.namespace} patch certificate {name} --type=json {patch}" for name in secrets
    )
    return Outcome.approximate(
        "certificate-issuer.certificate",
        f"becomes Certificate {names}, with the spec that cert-manager gave it for the Ingress. The Ingress owns "
        "that Certificate: if the Ingress is deleted, it is deleted too and nothing renews the Secret. cert-manager "
        "creates none for a Gateway of another namespace",
        f"before the Ingress is deleted, release the Certificate ({commands}), then apply the folder certificates/. Do "
        "not delete the Certificate: with --enable-certificate-owner-ref that deletes the Secret. "
        f"{_HTTP01[0].upper()}{_HTTP01[1:]}",
        affects=(),
    )


def settle_issuers(context: Context) -> None:
    """Issuers of the input whose HTTP-01 solver makes Ingresses."""
    for kind in ("ClusterIssuer", "Issuer"):
        for document in context.inventory.of(kind):
            spec = document.body.get("spec")
            acme = spec.get("acme") if isinstance(spec, dict) else None
            for index, solver in enumerate(acme.get("solvers") or () if isinstance(acme, dict) else ()):
                http01 = solver.get("http01") if isinstance(solver, dict) else None
                if isinstance(http01, dict) and "ingress" in http01:
                    ref = ObjectRef(kind, document.namespace, document.name)
                    key = f"spec.acme.solvers[{index}].http01.ingress"
                    context.ledger.settle(
                        Origin("field", key, "", document.location, ref), _SOLVER, "certificate-issuer"
                    )


_SOLVER = Outcome.manual(
    "certificate-issuer.http01-ingress",
    "solves HTTP-01 by an Ingress, which nobody serves once the controller is gone; then no certificate is renewed",
    "add a solver http01: {gatewayHTTPRoute: {parentRefs: [{kind: Gateway, name: …, namespace: …}]}} with a listener "
    "on port 80, and keep the old one until the switch",
    affects=(),
)
