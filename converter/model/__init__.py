"""The words everybody uses: where something stands, what became of it, and the objects that come out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, NamedTuple, get_args

from converter.model.request_kind import EVERY_REQUEST, RequestKind


class Fidelity(Enum):
    """How well a fact of the input survives; the worse of two wins when they meet."""

    EXACT = "exact"
    OBSOLETE = "obsolete"
    """An exact no-op: the setting has no meaning on the target, and the finding says why."""
    APPROXIMATE = "approximate"
    MANUAL = "manual"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"

    rank: int
    """0 for exact up to 5 for unknown. Kept at the member: hashing members would cost more than all the rest of a
    comparison."""
    lossless: bool
    """True where no request is answered differently because of this fact."""


for _place, _fidelity in enumerate(Fidelity):
    _fidelity.rank, _fidelity.lossless = _place, _place <= 1


def worst(one: Fidelity, other: Fidelity) -> Fidelity:
    """The worse of two fidelities."""
    return one if one.rank >= other.rank else other


class Location(NamedTuple):
    """A place in an input file; line and column count from 1, 0 means "the file as a whole"."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class ObjectRef(NamedTuple):
    """A Kubernetes object by name; namespace is empty for cluster-scoped kinds."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class FieldRef(NamedTuple):
    """A field that was written into an output object, as a dotted path with list indexes."""

    kind: str
    namespace: str
    name: str
    field: str


class Origin(NamedTuple):
    """One fact of the input. `kind`: annotation | field | default | object | file.

    `key` is the annotation's name, the dotted path of a field (`spec.rules[0].http.paths[1]`), the name of a
    controller default, or "" for objects and files.
    """

    kind: str
    key: str
    value: str
    location: Location
    object: ObjectRef | None = None

    @property
    def configured(self) -> bool:
        """False for what a controller does of itself; True for what somebody wrote, also into its own configuration."""
        return self.kind != "default" or (self.object is not None and self.object.kind in CONFIGURATION)


CONFIGURATION = frozenset(
    {"ConfigMap", "Deployment", "DaemonSet", "Pod", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"}
)
"""Kinds of objects that a controller takes its settings from."""

Answered = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


class Example:
    """A request that is answered differently afterwards; the three are JSON-ready dictionaries.

    `later` makes one that is worked out when somebody looks at it: few of those of a large run are ever shown.
    """

    __slots__ = ("_known",)

    def __init__(self, request: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
        self._known: Answered | Callable[[], Answered] = (request, before, after)

    @classmethod
    def later(cls, work: Callable[[], Answered]) -> Example:
        """One whose parts `work` returns."""
        out = cls.__new__(cls)
        out._known = work
        return out

    def _parts(self) -> Answered:
        if callable(self._known):
            self._known = self._known()
        return self._known

    @property
    def request(self) -> dict[str, Any]:
        """What is asked."""
        return self._parts()[0]

    @property
    def before(self) -> dict[str, Any]:
        """What the controller answers."""
        return self._parts()[1]

    @property
    def after(self) -> dict[str, Any]:
        """What the Gateway answers."""
        return self._parts()[2]

    def as_dict(self) -> dict[str, Any]:
        """By name, as reports have it."""
        request, before, after = self._parts()
        return {"request": request, "before": before, "after": after}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Example) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(repr(self._parts()))

    def __repr__(self) -> str:
        request, before, after = self._parts()
        return f"Example(request={request!r}, before={before!r}, after={after!r})"

    def __reduce__(self) -> tuple[type[Example], Answered]:
        return Example, self._parts()


Aspect = Literal[
    "connection",
    "status",
    "location",
    "backends",
    "host",
    "path",
    "request-headers",
    "response-headers",
    "body",
    "normalisation",
]
"""A part of an answer in which two decisions can differ. "connection": one of them is no answer at all;
"normalisation": anything at all, on a path that proxies read differently (escaped or double slashes, dot segments)."""
Aspects = frozenset[Aspect]
ASPECTS: Aspects = frozenset(get_args(Aspect))
"""All of them."""
NO_ASPECTS: Aspects = frozenset()


class Outcome(NamedTuple):
    """What became of the facts that a mapping row or a handler was given.

    Made by the constructor of its fidelity (`Outcome.manual(code, message, hint)`); by the class itself only where the
    fidelity is worked out.

    Attributes:
        code: Stable, lower case, dotted by family (`rewrite.regex-groups`).
        fidelity: How well the facts survive.
        message: One fact a sentence, true for the object at hand.
        hint: What to do about it; "" where there is nothing to do.
        fields: The fields of output objects that carry the facts.
        affects: The aspects of an answer that may differ because of it. A difference in any other aspect is not
            announced by this outcome. Without meaning where the fidelity is lossless.
        when: The requests that it affects (`request_kind.py`).
    """

    code: str
    fidelity: Fidelity
    message: str
    hint: str = ""
    fields: tuple[FieldRef, ...] = ()
    affects: Aspects = ASPECTS
    when: RequestKind = EVERY_REQUEST

    @classmethod
    def exact(cls, code: str, message: str, hint: str = "", *, fields: tuple[FieldRef, ...] = ()) -> Outcome:
        """The facts hold as before."""
        return cls(code, Fidelity.EXACT, message, hint, fields, NO_ASPECTS)

    @classmethod
    def obsolete(cls, code: str, message: str, hint: str = "", *, fields: tuple[FieldRef, ...] = ()) -> Outcome:
        """The facts have no effect, before or after; the message says why."""
        return cls(code, Fidelity.OBSOLETE, message, hint, fields, NO_ASPECTS)

    @classmethod
    def approximate(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        fields: tuple[FieldRef, ...] = (),
        affects: Collection[Aspect] = ASPECTS,
        when: RequestKind = EVERY_REQUEST,
    ) -> Outcome:
        """The facts hold with a difference, which the message names."""
        return cls(code, Fidelity.APPROXIMATE, message, hint, fields, frozenset(affects), when)

    @classmethod
    def manual(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        fields: tuple[FieldRef, ...] = (),
        affects: Collection[Aspect] = ASPECTS,
        when: RequestKind = EVERY_REQUEST,
    ) -> Outcome:
        """Somebody has to carry the facts over; the hint says how."""
        return cls(code, Fidelity.MANUAL, message, hint, fields, frozenset(affects), when)

    @classmethod
    def unsupported(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        fields: tuple[FieldRef, ...] = (),
        affects: Collection[Aspect] = ASPECTS,
        when: RequestKind = EVERY_REQUEST,
    ) -> Outcome:
        """The target cannot do it."""
        return cls(code, Fidelity.UNSUPPORTED, message, hint, fields, frozenset(affects), when)

    @classmethod
    def unknown(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        affects: Collection[Aspect] = ASPECTS,
    ) -> Outcome:
        """What the facts do is not known."""
        return cls(code, Fidelity.UNKNOWN, message, hint, (), frozenset(affects))


@dataclass(slots=True)
class Finding:
    """What became of one fact; the line of a report."""

    code: str
    fidelity: Fidelity
    message: str
    origin: Origin
    hint: str = ""
    feature: str = ""
    protects: bool = False
    fields: tuple[FieldRef, ...] = ()
    affects: Aspects = NO_ASPECTS
    narrow: tuple[tuple[Aspects, RequestKind], ...] = ()
    """The announcement in parts, each with the kind of requests that it holds for; (): it holds for every request."""
    example: Example | None = None
    accepted: str = ""
    """Why somebody accepted it (a waiver's reason, a baseline); it stays in every report and fails nothing."""


@dataclass(slots=True)
class InputStatus:
    """One file of the input. `status`: read | skipped | failed."""

    path: str
    documents: int = 0
    status: str = "read"
    message: str = ""


@dataclass(slots=True)
class ObjectStatus:
    """One Ingress (or custom resource) of the input. `status`: converted | withheld | skipped | failed."""

    ref: ObjectRef
    location: Location
    status: str
    controller: str = ""
    entry: str = ""
    reason: str = ""


@dataclass(slots=True)
class Resource:
    """One output object. `body` is the whole manifest as plain dictionaries, in the order in which it is written."""

    api_version: str
    kind: str
    namespace: str
    name: str
    body: dict[str, Any]
    sources: tuple[ObjectRef, ...] = ()
    """The input objects that this one comes from, in input order."""
    file: str = ""
    """Path below the output directory, set by the writer."""
    rule_origins: dict[str, Any] = field(default_factory=dict)
    """For routes: 'rules[0]' or 'rules[0].matches[1]' -> routing.Rule that it was made from."""
    text: str = ""
    """`body` as YAML, where it has been printed."""
    common: bool = False
    """It belongs to none of its sources: others of the namespace may join."""
    comments: dict[str, str] = field(default_factory=dict)
    """Dotted path of a field -> the comment that is written above it."""

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(self.kind, self.namespace, self.name)
