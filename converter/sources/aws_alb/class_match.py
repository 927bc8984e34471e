"""What names an Ingress class of this controller, and what Alibaba Cloud's."""

from __future__ import annotations

from converter.model.options import Options
from converter.packs.load import source_pack
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import annotated_class, carries, class_object, controller_of

CONTROLLER = "ingress.k8s.aws/alb"


AUTO_MODE = "eks.amazonaws.com/alb"
"""EKS Auto Mode: the same controller, run by AWS."""


CONTROLLERS = frozenset({CONTROLLER, AUTO_MODE})


DEFAULT_NAME = "alb"


PREFIX = "alb.ingress.kubernetes.io/"


ALIBABA_KEYWORDS = (
    "this is Alibaba Cloud's ALB: it uses the same annotation prefix as the AWS controller with another meaning, "
    "and is not supported"
)


def wanted_class(options: Options) -> str:
    """The controller's flag --ingress-class."""
    return DEFAULT_NAME if options.aws_ingress_class is None else options.aws_ingress_class


def annotation_matches(value: str, options: Options) -> bool:
    """lbc: class_annotation_matcher.go:26-31."""
    flag = wanted_class(options)
    return value in {flag or DEFAULT_NAME, flag}


def alibaba(ingress: Ingress, inventory: Inventory) -> bool:
    """True where class or keys are those of Alibaba Cloud's controller."""
    document = class_object(inventory, ingress.class_name or annotated_class(ingress))
    if document is not None and controller_of(document):
        return "alibabacloud" in controller_of(document)
    foreign = source_pack("aws-alb").foreign
    if any(key.startswith(PREFIX) and key[len(PREFIX) :] in foreign for key in ingress.annotations):
        return True
    return bool(inventory.of("AlbConfig")) and carries(ingress, PREFIX)


def described(inventory: Inventory) -> bool:
    """True where the input holds an IngressClass of this controller: then the one that is not there does not exist."""
    return any(controller_of(one) in CONTROLLERS for one in inventory.of("IngressClass"))
