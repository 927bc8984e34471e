"""IngressClass, IngressClassParams and IngressGroup: who belongs to which load balancer, and in which order.

lbc: pkg/ingress/class_loader.go:74-149, pkg/ingress/group_loader.go:196-326.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from converter.model import Origin
from converter.model.data import dataclass
from converter.model.options import Options
from converter.reading.facts import class_fact, default_backend_fact, tls_fact
from converter.reading.inventory import Document, Ingress, Inventory
from converter.reading.manifests import labels_of
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.class_match import CONTROLLERS, annotation_matches, described, wanted_class
from converter.sources.aws_alb.class_params import params_of, selects, spec_of
from converter.sources.aws_alb.errors import Refused
from converter.sources.classes import CLASS_ANNOTATION, annotated_class, class_object, controller_of, default_classes

PARAMS_GROUPS = frozenset({"elbv2.k8s.aws", "eks.amazonaws.com"})
"""The second is that of EKS Auto Mode."""
_GROUP_NAME = re.compile(r"([a-z0-9][-a-z0-9.]*)?[a-z0-9]")
_GROUP_MESSAGES = (
    "invalid ingress group: groupName must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)


@dataclass(slots=True)
class Classified:
    """What the class of an Ingress says. `reason`: why it is not managed, "" where it is."""

    reason: str = ""
    params: Document | None = None
    notice: str = ""
    """What could not be known because the input leaves it out."""


@dataclass(slots=True)
class Member:
    """One Ingress of a group with its parameters."""

    ingress: Ingress
    notes: Annotations
    key: str
    """`namespace/name`: what ties are broken by."""
    params: dict[str, Any] = field(default_factory=dict)
    """spec of the IngressClassParams."""
    params_document: Document | None = None
    notice: str = ""
    fields: dict[Any, Origin] = field(default_factory=dict)
    """Facts of the spec, each one object: paths by their indexes, others by their dotted path."""

    def path_fact(self, rule: int, path: int) -> Origin:
        """One path of one rule."""
        known = self.fields.get((rule, path))
        if known is None:
            known = self.fields[rule, path] = self.ingress.path_fact(rule, path)
        return known

    def tls_facts(self) -> tuple[Origin, ...]:
        """All of spec.tls."""
        for index in range(len(self.ingress.tls)):
            if ("tls", index) not in self.fields:
                self.fields["tls", index] = tls_fact(self.ingress, index)
        return tuple(self.fields["tls", index] for index in range(len(self.ingress.tls)))

    def named_fact(self, name: str) -> Origin:
        """The class or the default backend."""
        known = self.fields.get(name)
        if known is None:
            make = class_fact if name == "class" else default_backend_fact
            known = self.fields[name] = make(self.ingress)
        return known

    def class_annotation(self) -> Origin:
        """The old annotation with the class."""
        known = self.fields.get(CLASS_ANNOTATION)
        if known is None:
            known = self.fields[CLASS_ANNOTATION] = self.ingress.annotation(CLASS_ANNOTATION)
        return known

    def param_origin(self, name: str) -> Origin:
        """The fact that a field of the IngressClassParams is."""
        document = self.params_document
        if document is None:
            raise KeyError(name)
        return Origin("field", f"spec.{name}", str(self.params.get(name)), document.location, document.ref)

    def setting(self, param: str, suffix: str) -> tuple[str | None, Origin | None]:
        """A text that the parameters may set, else the annotation; parameters win."""
        value = self.params.get(param)
        if value not in (None, ""):
            return str(value), self.param_origin(param)
        return self.notes.text(suffix), self.notes.origin(suffix)


def classify(ingress: Ingress, inventory: Inventory, options: Options) -> Classified:
    """Whether the controller manages an Ingress, and with which parameters."""
    old = annotated_class(ingress)
    if old is not None:
        if annotation_matches(old, options):
            return Classified()
        words = f"annotation kubernetes.io/ingress.class is {old!r}, the controller looks for {wanted_class(options)!r}"
        return Classified(words)
    name = ingress.class_name
    if name is None:
        defaults = list(default_classes(inventory))
        if len(defaults) > 1:
            return Classified("multiple default IngressClasses found")
        if not defaults:
            unclassed = wanted_class(options) != "" and described(inventory)
            return Classified("it has no class, and there is no default IngressClass" if unclassed else "")
        name = defaults[0].name
    return _by_class(ingress, name, inventory)


def _by_class(ingress: Ingress, name: str, inventory: Inventory) -> Classified:
    document = class_object(inventory, name)
    if document is None:
        missing = f'invalid ingress class: ingressclasses.networking.k8s.io "{name}" not found'
        return Classified(missing if described(inventory) else "")
    if controller_of(document) not in CONTROLLERS:
        return Classified(f"IngressClass {name} belongs to controller {controller_of(document) or '(none)'}")
    reference = spec_of(document).get("parameters")
    if not isinstance(reference, dict):
        return Classified()
    if reference.get("apiGroup") not in PARAMS_GROUPS or reference.get("kind") != "IngressClassParams":
        return Classified(f"invalid ingress class: IngressClass {name} references unknown parameters")
    wanted = str(reference.get("name"))
    params = next((one for one in inventory.of("IngressClassParams") if one.name == wanted), None)
    if params is None:
        words = f'invalid ingress class: ingressclassparamses.{reference["apiGroup"]} "{wanted}" not found'
        if inventory.lacks("IngressClassParams", "", wanted):
            return Classified(words)
        return Classified(notice=f"IngressClassParams {wanted} are not in the input, so nothing that they set is known")
    return _selected(ingress, params, inventory)


def _selected(ingress: Ingress, params: Document, inventory: Inventory) -> Classified:
    selector = spec_of(params).get("namespaceSelector")
    if isinstance(selector, dict):
        namespace = inventory.get("Namespace", "", ingress.namespace)
        labels = {"kubernetes.io/metadata.name": ingress.namespace}
        if namespace is not None:
            labels |= labels_of(namespace.body)
        if not selects(selector, labels):
            words = f"namespaceSelector of IngressClassParams {params.name} mismatch"
            if namespace is not None:
                return Classified(f"invalid ingress class: {words}")
            notice = f"Namespace {ingress.namespace} is not in the input: {words}, perhaps"
            return Classified(params=params, notice=notice)
    return Classified(params=params)


def member_of(ingress: Ingress, classified: Classified) -> Member:
    """An Ingress as a member of a group to be."""
    params = params_of(classified.params) if classified.params else {}
    key = f"{ingress.namespace}/{ingress.name}"
    return Member(ingress, Annotations(ingress), key, params, classified.params, classified.notice)


def group_of(member: Member) -> tuple[str, bool]:
    """Name of the load balancer and whether it was given; Refused for a name that no group can have."""
    group = member.params.get("group")
    name = str(group.get("name") or "") if isinstance(group, dict) else member.notes.text("group.name")
    if name is None:
        return member.key, False
    if not _GROUP_NAME.fullmatch(name):
        raise Refused(_GROUP_MESSAGES, None if isinstance(group, dict) else member.notes.origin("group.name"))
    if len(name) > 63:
        raise Refused("invalid ingress group: groupName must be no more than 63 characters")
    return name, True


def in_order(members: list[Member]) -> list[Member]:
    """By group.order, then by `namespace/name` as one string (lbc: group_loader.go:276-315)."""
    ranked = []
    for member in members:
        try:
            order = member.notes.number("group.order")
        except Refused as error:
            words = f"group load: failed to load Ingress group order for ingress: {member.key}: {error.message}"
            raise Refused(words, error.origin) from None
        if order is not None and not -1000 <= order <= 1000:
            words = f"explicit Ingress group order must be within [-1000:1000], Ingress: {member.key}, order: {order}"
            raise Refused(f"group load: {words}", member.notes.origin("group.order"))
        ranked.append((order or 0, member.key, member))
    return [member for _, _, member in sorted(ranked, key=lambda one: one[:2])]
