"""Which Ingresses the AWS Load Balancer Controller takes for its own (lbc: pkg/ingress/group_loader.go:196-230)."""

from __future__ import annotations

from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import annotated_class, carries, class_object, controller_of, default_classes
from converter.sources.contract import Claim

CONTROLLER = "ingress.k8s.aws/alb"
DEFAULT_NAME = "alb"
PREFIX = "alb.ingress.kubernetes.io/"

ALIBABA_CONTROLLER = "ingress.k8s.alibabacloud/alb"
ALIBABA_ONLY = frozenset(
    PREFIX + suffix
    for suffix in (
        "address-allocated-mode",
        "address-type",
        "backend-keepalive",
        "backend-scheduler",
        "canary",
        "canary-by-cookie",
        "canary-by-header",
        "canary-by-header-value",
        "canary-weight",
        "charge-type",
        "connection-drain-enabled",
        "connection-drain-timeout",
        "cookie",
        "cookie-timeout",
        "cors-allow-credentials",
        "cors-allow-headers",
        "cors-allow-methods",
        "cors-allow-origin",
        "cors-expose-headers",
        "cors-max-age",
        "edition",
        "enable-cors",
        "force-override",
        "healthcheck-connect-port",
        "healthcheck-enabled",
        "healthcheck-httpcode",
        "healthcheck-httpversion",
        "healthcheck-method",
        "id",
        "name",
        "order",
        "overwrite-listener",
        "rewrite-target",
        "rule-direction",
        "session-stick-enabled",
        "slow-start-duration",
        "slow-start-enabled",
        "sticky-session",
        "sticky-session-type",
        "tls-security-policy",
        "traffic-limit-ip-qps",
        "traffic-limit-qps",
        "use-regex",
        "vswitch-ids",
    )
)
"""Suffixes of Alibaba Cloud's ALB Ingress Controller that the AWS controller has never had."""
ALIBABA_KEYWORDS = (
    "this is Alibaba Cloud's ALB: it uses the same annotation prefix as the AWS controller with another meaning, "
    "and is not supported"
)


def wanted_class(options: Options) -> str:
    """The controller's flag --ingress-class (`extra: aws-ingress-class`)."""
    return options.extra.get("aws-ingress-class", DEFAULT_NAME)


def annotation_matches(value: str, options: Options) -> bool:
    """lbc: class_annotation_matcher.go:26-31."""
    flag = wanted_class(options)
    return value in {flag or DEFAULT_NAME, flag}


def alibaba(ingress: Ingress, inventory: Inventory) -> bool:
    """True where class or keys are those of Alibaba Cloud's controller."""
    document = class_object(inventory, ingress.class_name or annotated_class(ingress))
    if document is not None and controller_of(document):
        return "alibabacloud" in controller_of(document)
    if any(key in ALIBABA_ONLY for key in ingress.annotations):
        return True
    return bool(inventory.of("AlbConfig")) and carries(ingress, PREFIX)


def described(inventory: Inventory) -> bool:
    """True where the input holds an IngressClass of this controller: then the one that is not there does not exist."""
    return any(controller_of(one) == CONTROLLER for one in inventory.of("IngressClass"))


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """The class annotation beats `spec.ingressClassName`, with an empty value too."""
    old = annotated_class(ingress)
    if old is not None:
        if annotation_matches(old, options):
            return Claim(old, 3, f"annotation kubernetes.io/ingress.class is {old}")
        return None
    if ingress.class_name is not None:
        return _by_name(ingress, ingress.class_name, inventory)
    defaults = list(default_classes(inventory))
    if any(controller_of(one) == CONTROLLER for one in defaults):
        name = next(one.name for one in defaults if controller_of(one) == CONTROLLER)
        return Claim(name, 2, f"IngressClass {name} is the default class")
    if defaults:
        return None
    return Claim("", 1, f"annotations of {PREFIX}") if carries(ingress, PREFIX) else None


def _by_name(ingress: Ingress, name: str, inventory: Inventory) -> Claim | None:
    document = class_object(inventory, name)
    if document is not None:
        controller = controller_of(document)
        if controller == CONTROLLER or "alibabacloud" in controller:
            return Claim(name, 3, f"spec.ingressClassName names IngressClass {name} of controller {controller}")
        return None
    if name == DEFAULT_NAME:
        return Claim(name, 3, f"spec.ingressClassName is {name}")
    return Claim(name, 1, f"annotations of {PREFIX}") if carries(ingress, PREFIX) and name else None


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Why the controller would not manage an Ingress that is said to be its own."""
    if alibaba(ingress, inventory):
        return ALIBABA_KEYWORDS
    from converter.sources.aws_alb.membership import classify

    return classify(ingress, inventory, options).reason
