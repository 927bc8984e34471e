"""Which file an output object goes to; every path stays below the output directory, whatever objects are called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any

from converter.model import ObjectRef, ObjectStatus, Resource
from converter.writing.record import STATE

LAYOUTS = ("roles", "mirror", "single")
SINGLE = "gateway-api.yaml"
INFRASTRUCTURE = "infrastructure"

_SHARED = frozenset(
    {
        "GatewayClass",
        "Gateway",
        "EnvoyProxy",
        "LoadBalancerConfiguration",
        "ListenerSet",
        "XListenerSet",
        "ClientTrafficPolicy",
        "EnvoyPatchPolicy",
    }
)
LATER = {"Certificate": "certificates"}
"""Kinds that are applied after a hand-over -> a folder of their own, so that nobody applies them with the rest."""
APPLIED_LATER = frozenset(LATER.values())
_ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"})
"""Most objects; they have parents and no targets."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_STEM = re.compile(r"\.(?:ya?ml|json)\Z", re.IGNORECASE)
_LONGEST = 180


def segment(text: str) -> str:
    """A name as one harmless part of a path: no separators, no leading dots, not too long."""
    return _UNSAFE.sub("-", text).lstrip(".-")[:_LONGEST] or "unnamed"


def assign(
    resources: Iterable[Resource], objects: Iterable[ObjectStatus], layout: str, sources: Path | None = None
) -> None:
    """Set `file` of every resource.

    Args:
        resources: What is written.
        objects: Those of the input, with their files.
        layout: One of LAYOUTS.
        sources: The folder that a mirror is written to where that is the folder of its sources.
    """
    if layout == "single":
        for one in resources:
            one.file = f"{LATER[one.kind]}.yaml" if one.kind in LATER else SINGLE
        return
    place = _Mirror(objects, sources) if layout == "mirror" else _Roles()
    for one in resources:
        one.file = place(one)


def is_shared(one: Resource) -> bool:
    """True for what the platform team owns: Gateways and everything that is attached to one as a whole."""
    if one.kind in _ROUTES:
        return False
    if one.kind in _SHARED:
        return True
    spec = one.body.get("spec") or {}
    if one.kind == "ReferenceGrant":
        return any(source.get("kind") in _SHARED for source in spec.get("from") or ())
    targets = spec.get("targetRefs") or ([spec["targetRef"]] if spec.get("targetRef") else [])
    return bool(targets) and all(target.get("kind") in _SHARED for target in targets)


class _Roles:
    """infrastructure/ for the platform team, routes/<namespace>/<ingress>.yaml for the application teams."""

    def __init__(self) -> None:
        self._last: tuple[str, ObjectRef] | None = None
        self._file = ""

    def __call__(self, one: Resource) -> str:
        if one.kind in LATER:
            return f"{LATER[one.kind]}/{segment(one.namespace or 'default')}/{segment(one.name)}.yaml"
        if is_shared(one):
            return f"{INFRASTRUCTURE}/{self._shared(one)}.yaml"
        owner = one.ref if one.common else next((ref for ref in one.sources if ref.name), None) or one.ref
        if self._last != (one.namespace, owner):
            folder = segment(one.namespace or owner.namespace or "default")
            self._last, self._file = (one.namespace, owner), f"routes/{folder}/{segment(owner.name)}.yaml"
        return self._file

    @staticmethod
    def _shared(one: Resource) -> str:
        if one.kind == "GatewayClass":
            return f"gatewayclass-{segment(one.name)}"
        folder = segment(one.namespace or "default")
        if one.kind == "ReferenceGrant":
            return f"{folder}/reference-grants"
        return f"{folder}/{segment(_gateway(one))}{'-policies' if one.kind.endswith('Policy') else ''}"


def _gateway(one: Resource) -> str:
    """The Gateway that an infrastructure object stands beside; its own name where it names none."""
    spec: Mapping[str, Any] = one.body.get("spec") or {}
    if one.kind in ("ListenerSet", "XListenerSet"):
        return str((spec.get("parentRef") or {}).get("name") or one.name)
    targets = spec.get("targetRefs") or ([spec["targetRef"]] if spec.get("targetRef") else [])
    return next((str(target["name"]) for target in targets if target.get("kind") == "Gateway"), one.name)


class _Mirror:
    """Beside its source, `<file>.gateway.yaml`, or in another folder with paths as they were given.

    Absolute paths and those that lead upwards keep their structure below the folder that all sources share. What
    several files share goes to infrastructure/, as Gateways always do: a file would lose its Gateway with the next one.
    """

    def __init__(self, objects: Iterable[ObjectStatus], sources: Path | None) -> None:
        self._files = {one.ref: _parts(one.location.path, sources) for one in objects}
        folders = [parts[:-1] for parts in self._files.values() if parts[0] in ("/", "..")]
        self._shared = _common(folders)
        self._roles = _Roles()

    def __call__(self, one: Resource) -> str:
        files = [self._files[ref] for ref in one.sources if ref in self._files]
        if one.kind in LATER or not files or is_shared(one) or (one.common and len(set(files)) > 1):
            return self._roles(one)
        parts = files[0]
        if parts[0] in ("/", ".."):
            parts = parts[self._shared :]
        names = [segment(part) for part in parts if part not in ("/", "..")] or ["unnamed"]
        names[-1] = f"{_STEM.sub('', names[-1])}.gateway.yaml"
        return "/".join(names)


def sources_folder(paths: Iterable[str]) -> Path:
    """The folder that a mirror of the input is written to.

    That is the folder that all input is in, or one above it with the record of an earlier run, but none above the
    current directory: part of the sources belongs to the same output as the whole.
    """
    folders = []
    for path in paths:
        plain = re.split(r"[*?\[]", path, maxsplit=1)[0]
        folders.append(path if plain == path and Path(path).is_dir() else os.path.dirname(plain))  # noqa: PTH120
    folder = Path(os.path.commonpath([os.path.abspath(one) for one in folders]))  # noqa: PTH100
    above = [one for one in (folder, *folder.parents) if one.is_relative_to(Path.cwd())]
    return Path(os.path.relpath(next((one for one in above if (one / STATE).is_file()), folder)))


def _parts(path: str, sources: Path | None = None) -> tuple[str, ...]:
    if path in ("", "-", "<stdin>"):
        return ("stdin",)
    if sources is not None:
        path = os.path.relpath(path, sources)
    return PurePath(os.path.normpath(path)).parts


def _common(folders: list[tuple[str, ...]]) -> int:
    """How many leading parts all folders share."""
    count = 0
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        count += 1
    return count
