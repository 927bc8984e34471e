"""Secrets by the names of their keys: a template of kubectl prints them, so that no value reaches this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from converter.cluster.kubectl import Kubectl

_TEMPLATE = (
    "{{range .items}}"
    '{{.metadata.namespace}}{{"\\t"}}{{.metadata.name}}{{"\\t"}}{{.type | printf "%q"}}{{"\\t"}}'
    '{{range $key, $value := .data}}{{$key}}{{" "}}{{end}}{{"\\n"}}'
    "{{end}}"
)
"""Names and keys have neither blanks nor tabs in them; a type is any text."""


def read_secret_keys(kubectl: Kubectl, scope: str, chunk: int) -> tuple[str, list[dict[str, Any]] | None]:
    """The errors of kubectl, and the Secrets with `null` for each value, or None where they could not be listed."""
    done = kubectl.run("get", "secrets", scope, f"--chunk-size={chunk}", f"--output=go-template={_TEMPLATE}")
    if done.code:
        return done.errors, None
    return done.errors, list(_secrets(done.out.decode("utf-8", "replace")))


def _secrets(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        namespace, name, kind, keys = [*line.split("\t"), "", "", ""][:4]
        if not name:
            continue
        yield {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"namespace": namespace, "name": name},
            "type": _type(kind),
            "data": dict.fromkeys(sorted(keys.split())),
        }


def _type(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:  # (Go escapes some characters in another way than JSON)
        return "Opaque"
