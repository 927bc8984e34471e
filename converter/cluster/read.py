"""All objects of the kinds that matter, with what is known of the completeness of each kind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any

from converter.cluster.discovery import ApiResource, Discovery, discover_kinds
from converter.cluster.kubectl import ClusterError, Kubectl, reason
from converter.cluster.secret_keys import read_secret_keys
from converter.model.data import dataclass

CHUNK = 500
"""Objects of one response, as kubectl asks for them."""
TIMEOUT = 300
"""Seconds for one response of the server."""
FORBIDDEN = "the user may not list them (403 Forbidden)"
_FORBIDDEN = re.compile(r'\(Forbidden\): .*cannot list resource "([a-z0-9.-]+)" in API group "([a-z0-9.-]*)"')
_SLOW = re.compile(r"Client\.Timeout exceeded|context deadline exceeded|i/o timeout")
_EXPIRED = re.compile(r"\(Expired\)|\(Gone\)|continue parameter is too old", re.IGNORECASE)


@dataclass(slots=True)
class Contents:
    """What was read of a cluster.

    Attributes:
        namespace: The namespace that was read; "" for all.
        objects: As the server holds them, without the values of Secrets.
        complete: Kinds of which every object (of the namespace) was read.
        absent: Kinds that the server does not have.
        unread: Kind -> why it was not read.
    """

    namespace: str
    objects: list[dict[str, Any]] = field(default_factory=list)
    complete: set[str] = field(default_factory=set)
    absent: tuple[str, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)


def read_cluster(kubectl: Kubectl, namespace: str | None = None, *, secret_keys: bool = False) -> Contents:
    """Read a cluster.

    Args:
        kubectl: Where it is.
        namespace: One namespace; "" for all of them, None for that of the context.
        secret_keys: List Secrets too, by the names of their keys.

    Raises:
        ClusterError: It cannot be read at all.
    """
    found = discover_kinds(kubectl)
    contents = Contents(_namespace_of_context(kubectl) if namespace is None else namespace)
    contents.absent = found.missing
    for kind in found.unknown:
        contents.unread[kind] = "the server could not list the kinds of its API group"
    _read(kubectl, list(found.resources), contents)
    if secret_keys:
        _read_secrets(kubectl, contents)
    contents.complete -= contents.unread.keys()
    _check(found, contents)
    return contents


def _namespace_of_context(kubectl: Kubectl) -> str:
    done = kubectl.run("config", "view", "--minify", "--output=jsonpath={..namespace}")
    if done.code:
        raise ClusterError(f"the namespace of the context is not known ({reason(done.errors)}); give -n NS or -A")
    return done.out.decode("utf-8", "replace").strip() or "default"


def _read(kubectl: Kubectl, wanted: list[ApiResource], contents: Contents) -> None:
    """Read kinds with one call; where some of them cannot be read, with one for the others and for each half."""
    if not wanted:
        return
    done, objects = list_objects(kubectl, wanted, contents.namespace)
    if objects is not None:
        contents.objects += objects
        contents.complete.update(one.kind for one in wanted)
        return
    forbidden = {f"{plural}.{group}" for plural, group in _FORBIDDEN.findall(done)}
    refused = [one for one in wanted if f"{one.plural}.{one.group}" in forbidden]
    if refused:
        for one in refused:
            contents.unread[one.kind] = FORBIDDEN
        _read(kubectl, [one for one in wanted if one not in refused], contents)
    elif len(wanted) == 1:
        contents.unread[wanted[0].kind] = reason(done)
    else:
        middle = len(wanted) // 2
        _read(kubectl, wanted[:middle], contents)
        _read(kubectl, wanted[middle:], contents)


def list_objects(
    kubectl: Kubectl, wanted: Sequence[ApiResource], namespace: str
) -> tuple[str, list[dict[str, Any]] | None]:
    """The errors of kubectl, and all objects, or None where not all could be read.

    A list that changes for longer than the server keeps its parts (410 Expired) is read once more as one response.
    """
    for chunk in (CHUNK, 0):
        done = kubectl.run(
            "get",
            ",".join(one.argument for one in wanted),
            scope(namespace),
            "--output=json",
            f"--chunk-size={chunk}",
            f"--request-timeout={TIMEOUT}s",
        )
        if done.code == 0 or not _EXPIRED.search(done.errors):
            break
    if done.code and _SLOW.search(done.errors):
        raise ClusterError(f"the server did not respond within {TIMEOUT} seconds: {reason(done.errors)}")
    if done.code:
        return done.errors, None
    try:
        return done.errors, list(_items(json.loads(done.out or b"{}")))
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        return f"{done.errors}\nerror: kubectl returned no list of objects ({error})", None


def scope(namespace: str) -> str:
    """The option of kubectl for one namespace, or for all of them."""
    return f"--namespace={namespace}" if namespace else "--all-namespaces"


def _items(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in answer.get("items") or ():
        if not isinstance(one, dict):
            raise TypeError("an item is not an object")
        yield one


def _read_secrets(kubectl: Kubectl, contents: Contents) -> None:
    errors, objects = read_secret_keys(kubectl, scope(contents.namespace), CHUNK)
    if objects is None:
        refused = _FORBIDDEN.search(errors) is not None
        contents.unread["Secret"] = FORBIDDEN if refused else reason(errors)
        return
    contents.objects += objects
    contents.complete.add("Secret")


def _check(found: Discovery, contents: Contents) -> None:
    """Where nothing at all could be read, one message says why."""
    if found.resources and not contents.complete:
        raise ClusterError(next(iter(contents.unread.values())))
