"""Everything that a user can choose, in one place; `ing2gw.yaml` and the command line fill it."""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from converter.model.data import dataclass
from converter.model.versioned_file import VersionedFile

DEFAULT_TARGET = "envoy-gateway"


class AcmCertificate(NamedTuple):
    """A certificate of AWS Certificate Manager."""

    arn: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """Choices for one run; the defaults are those of the command line."""

    source: str = "auto"
    """auto | alauda-alb | aws-alb | ingress-nginx | generic."""
    target: str = DEFAULT_TARGET
    """envoy-gateway | gateway-api (`@version` may follow) | aws, or a target that was registered."""
    complete: bool = False
    """The input is all that the cluster has: what it lacks does not exist. Else that is unknown."""
    strict: bool = False
    """Behaviour first: string prefixes and order as they were, fall-through copied."""
    preset: str = ""
    """Conventions of a platform (`mappings/presets/`): acp; "": none."""
    parity: bool = True
    """Keep the controller's defaults by policies; without, each difference is a finding."""
    namespace: str = "default"
    """For objects that name none."""
    gateway_namespace: str = ""
    """Where new Gateways are put; "": where the target pack says."""
    gateway_namespaces: tuple[tuple[str, str], ...] = ()
    """(project or entry, namespace): where the Gateways of single ones are put."""
    gateway: str = ""
    """`namespace/name` of an existing Gateway to attach to; "": new ones are written."""
    gateway_class: str = ""
    """Name of an existing GatewayClass; "": one is written."""
    service_ports: dict[str, dict[str, int]] = field(default_factory=dict)
    """`namespace/service` -> port name -> number, for Services that are not in the input."""
    alb_domain: str = "cpaas.io"
    """Base domain of Alauda's labels and annotations."""
    annotations_prefix: str = ""
    """ingress-nginx --annotations-prefix; "": the usual one."""
    allow_unprotected: bool = False
    """Write routes even where a protecting feature is lost."""
    listeners: str = ""
    """shared: one HTTPS listener for all hosts of a port | host: one for each host | namespace: the same, in a
    ListenerSet for each namespace; "": what the target pack says."""
    allowed_namespaces: str = ""
    """named: listeners admit only the namespaces whose routes are written; "": those that the controller serves."""
    l4: str = "service"
    """service | route: what TCP and UDP frontends become."""
    provenance: bool = True
    """Annotate generated objects with their source, and label them as managed by this tool."""
    comments: bool = True
    """Name the settings behind a field in a comment above it, where manifests are written as text."""
    mappings: tuple[str, ...] = ()
    """Files with additional pack rows."""
    crds: str = ""
    """Directory of CustomResourceDefinitions to check against instead of the packaged schemas."""
    aws_ingress_class: str | None = None
    """AWS: the controller's flag --ingress-class; None: its default, "": every class."""
    aws_default_scheme: str = "internal"
    """AWS: --default-load-balancer-scheme."""
    aws_default_target_type: str = "instance"
    """AWS: --default-target-type."""
    acm_certificates: tuple[AcmCertificate, ...] | None = None
    """AWS: what Certificate Manager holds, for certificates that are found by host; None: unknown."""
    exposed: tuple[tuple[str, str, str], ...] = ()
    """`expose-unprotected`: code of a lost protection, `namespace/name` of an object that is served without it, and why
    and until when."""

    def __post_init__(self) -> None:
        if isinstance(self.mappings, tuple) and all(isinstance(one, str) for one in self.mappings):
            object.__setattr__(self, "mappings", tuple(map(VersionedFile, self.mappings)))

    def exposure(self, code: str, name: str) -> str:
        """Why an object (`namespace/name`) is served without the protection that a code names; "": it is not."""
        return next((why for what, whom, why in self.exposed if (what, whom) == (code, name)), "")
