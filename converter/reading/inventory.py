"""What the input holds, as typed objects with positions: the only thing that sources read."""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache
from typing import Any, NamedTuple

from converter.model import InputStatus, Location, ObjectRef, Origin
from converter.model.data import dataclass
from converter.reading.chart_values import ChartValues
from converter.reading.completeness import Completeness

At = tuple[int, int]
"""Line and column, from 1."""

NOWHERE = Location("")


@dataclass(slots=True)
class ServiceBackend:
    """`backend` of a path; `service` is empty for a `resource` backend, which `resource` then describes."""

    service: str
    port: int | str | None
    at: At = (0, 0)
    resource: str = ""


@dataclass(slots=True)
class IngressPath:
    """One entry of `spec.rules[].http.paths`. `path_type` None: not given."""

    path: str
    path_type: str | None
    backend: ServiceBackend | None
    at: At = (0, 0)


@dataclass(slots=True)
class IngressRule:
    """One entry of `spec.rules`. An empty host means any; `paths` is None where `http` is missing."""

    host: str
    paths: list[IngressPath] | None
    at: At = (0, 0)


@dataclass(slots=True)
class IngressTls:
    """One entry of `spec.tls`."""

    hosts: list[str]
    secret: str
    at: At = (0, 0)


@dataclass(slots=True)
class Ingress:
    """An Ingress of any served version, upgraded to networking.k8s.io/v1."""

    namespace: str
    name: str
    file: str
    at: At
    api_version: str
    """As written."""
    annotations: dict[str, str] = field(default_factory=dict)
    annotations_at: dict[str, At] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    class_name: str | None = None
    """`spec.ingressClassName`."""
    class_at: At = (0, 0)
    rules: list[IngressRule] = field(default_factory=list)
    tls: list[IngressTls] = field(default_factory=list)
    default_backend: ServiceBackend | None = None
    created: str = ""
    """`metadata.creationTimestamp`, "" where the manifest has none."""
    index: int = 0
    """Place in the input, for stable order."""
    namespace_given: bool = True
    aliases: dict[str, str] = field(default_factory=dict)
    """Annotations that are read in place of others: the key that is read -> the one that was written."""
    addresses: tuple[str, ...] = ()
    """`status.loadBalancer.ingress`: where its controller serves it."""
    owners: tuple[tuple[str, str], ...] = ()
    """Kind and name of the objects that made it (`metadata.ownerReferences`)."""
    _ref: ObjectRef | None = field(default=None, repr=False, compare=False)
    _facts: dict[Any, Origin] = field(default_factory=dict, repr=False, compare=False)
    """Made once, so that the ledger knows them again at a glance: annotations by key, paths by their two numbers, other
    fields by key, value and place."""

    @property
    def ref(self) -> ObjectRef:
        if self._ref is None:
            self._ref = ObjectRef("Ingress", self.namespace, self.name)
        return self._ref

    def location(self, at: At | None = None) -> Location:
        """A place in this Ingress' file."""
        line, column = at or self.at
        return Location(self.file, line, column)

    def annotation(self, key: str) -> Origin:
        """The fact that this annotation is."""
        found = self._facts.get(key)
        if found is None:
            place = self.location(self.annotations_at.get(key))
            written = self.aliases.get(key, key)
            found = self._facts[key] = Origin("annotation", written, self.annotations[key], place, self.ref)
        return found

    def rename_annotation(self, key: str, read_as: str, value: str) -> None:
        """Read an annotation as another one; its fact keeps the key that was written."""
        self.annotations = {name: text for name, text in self.annotations.items() if name != key} | {read_as: value}
        self.annotations_at[read_as] = self.annotations_at.get(key, (0, 0))
        self.aliases[read_as] = key
        self._facts.pop(key, None)

    @property
    def object_fact(self) -> Origin:
        """The fact that the object is there."""
        return Origin("object", "", "", self.location(), self.ref)

    def fact(self, key: str, value: str, at: At | None = None) -> Origin:
        """The fact that a spec field is; `key` is its dotted path (`spec.tls[0]`)."""
        place = (key, value, at)
        found = self._facts.get(place)
        if found is None:
            found = self._facts[place] = Origin("field", key, value, self.location(at), self.ref)
        return found

    def forget_facts(self) -> None:
        """Nobody will ask for many of them again."""
        self._facts.clear()

    def path_fact(self, rule: int, path: int) -> Origin:
        """The fact that one path of one rule is: its host, path, type and backend together."""
        found = self._facts.get((rule, path))
        if found is None:
            owner, entry = self.rules[rule], (self.rules[rule].paths or [])[path]
            value = f"{owner.host or '*'}{entry.path} ({entry.path_type or 'no pathType'})"
            found = Origin("field", path_key(rule, path), value, self.location(entry.at), self.ref)
            self._facts[rule, path] = found
        return found


@lru_cache(maxsize=1024)
def path_key(rule: int, path: int) -> str:
    """Where a path stands: one text for all Ingresses."""
    return f"spec.rules[{rule}].http.paths[{path}]"


class ServicePort(NamedTuple):
    """One port of a Service."""

    name: str
    port: int
    target: int | str | None
    protocol: str = "TCP"
    app_protocol: str = ""


@dataclass(slots=True)
class Service:
    """A Service of the input."""

    namespace: str
    name: str
    ports: list[ServicePort] = field(default_factory=list)
    type: str = "ClusterIP"
    external_name: str = ""
    selector: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    location: Location = NOWHERE
    annotations_at: dict[str, At] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    def find(self, port: int | str | None, protocol: str = "") -> ServicePort | None:
        """The port with this number or name; one of the protocol, where there is one."""
        found = [one for one in self.ports if port in (one.port, one.name) and port != ""]
        return next((one for one in found if one.protocol == protocol), found[0] if found else None)

    def as_document(self) -> Document:
        """The Service as the reader of target resources takes it."""
        return Document("Service", "v1", self.namespace, self.name, self.body, self.location)


class Document(NamedTuple):
    """Any other object that some source or reader cares for, as plain data with positions (`body.at[key]`)."""

    kind: str
    api_version: str
    namespace: str
    name: str
    body: dict[str, Any]
    location: Location

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(self.kind, self.namespace, self.name)

    @property
    def object_fact(self) -> Origin:
        """The fact that the object is there."""
        return Origin("object", "", "", self.location, self.ref)


NO_DOCUMENTS: list[Document] = []


class _Index(NamedTuple):
    """The documents of a kind, as they were when somebody last asked for one by its name."""

    documents: list[Document]
    size: int
    by_name: dict[tuple[str, str], Document]
    by_namespace: dict[str, list[Document]]


@dataclass(slots=True)
class Inventory:
    """The whole input."""

    inputs: list[InputStatus] = field(default_factory=list)
    ingresses: list[Ingress] = field(default_factory=list)
    services: dict[tuple[str, str], Service] = field(default_factory=dict)
    documents: dict[str, list[Document]] = field(default_factory=dict)
    """By kind: IngressClass, IngressClassParams, ConfigMap, Secret, Namespace, Deployment, Endpoints, EndpointSlice,
    Pod, ALB2, Frontend, Rule, TargetGroupBinding, and all Gateway API and Envoy Gateway kinds."""
    completeness: Completeness = field(default_factory=Completeness)
    """Which kinds the input holds whole: what it lacks of them does not exist."""
    makers: dict[tuple[str, str, str], Document] = field(default_factory=dict)
    """Kind, namespace and name of an object that another one makes (an ExternalSecret its Secret) -> that one."""
    charts: list[ChartValues] = field(default_factory=list)
    """Values for Helm charts (`sources/charts.py` reads those of charts that install a controller)."""
    _indexes: dict[str, _Index] = field(default_factory=dict, repr=False, compare=False)

    def of(self, kind: str) -> list[Document]:
        """All documents of a kind, in input order."""
        return self.documents.get(kind, NO_DOCUMENTS)

    def get(self, kind: str, namespace: str, name: str) -> Document | None:
        """One document by name."""
        return self._index(kind).by_name.get((namespace, name))

    def lacks(self, kind: str, namespace: str, name: str) -> bool:
        """True where the object is known not to exist: the input holds all of its kind, and nothing that makes it."""
        if not self.completeness.covers(kind, namespace):
            return False
        if kind == "Service":
            return (namespace, name) not in self.services
        return self.get(kind, namespace, name) is None and (kind, namespace, name) not in self.makers

    def unknown(self, kind: str, namespace: str, name: str) -> bool:
        """True where the object is not in the input, which does not say that it does not exist."""
        if kind == "Service":
            return (namespace, name) not in self.services and not self.completeness.covers(kind, namespace)
        return self.get(kind, namespace, name) is None and not self.lacks(kind, namespace, name)

    def within(self, kind: str, namespace: str) -> list[Document]:
        """All documents of a kind and namespace, in input order."""
        return self._index(kind).by_namespace.get(namespace, [])

    def _index(self, kind: str) -> _Index:
        some = self.of(kind)
        known = self._indexes.get(kind)
        if known is None or known.documents is not some or known.size != len(some):
            known = self._indexes[kind] = _Index(some, len(some), {}, {})
            for one in some:
                known.by_name.setdefault((one.namespace, one.name), one)
                known.by_namespace.setdefault(one.namespace, []).append(one)
        return known

    def service(self, namespace: str, name: str) -> Service | None:
        """A Service by name."""
        return self.services.get((namespace, name))
