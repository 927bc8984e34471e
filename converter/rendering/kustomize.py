"""`kustomize build` of a kustomization.yaml that is in the input."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from converter.reading.discover import Boundary
from converter.reading.in_memory import Bytes
from converter.reading.manifests import manifests, mapping
from converter.rendering.paths import is_path
from converter.rendering.programs import RenderError, first_installed, run
from converter.writing.yaml import SEPARATOR, dump

_ORIGIN = "config.kubernetes.io/origin"
_REMOTE = re.compile(r"://|^git@|\?ref=|^(?:github\.com|gitlab\.com|bitbucket\.org)[/:]")
_URL = re.compile(rb"(?:https?|ssh|git)://[^\s\"']+")
_FILES = ("resources", "bases", "components", "patchesStrategicMerge", "crds", "configurations", "generators",
    "transformers", "validators")  # fmt: skip
_FOLDERS = ("resources", "bases", "components", "generators", "transformers", "validators")
"""Lists that may name other kustomizations."""
_PLUGINS = ("generators", "transformers", "validators")
"""Lists of objects that name files in turn."""
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class Kustomizations:
    """All of the input: which of them others build on, and what each takes in."""

    def __init__(self, files: Mapping[str, Mapping[str, Any]], data: Mapping[str, bytes]) -> None:
        """`files`: path of each kustomization.yaml -> its content; `data`: of all files of the input."""
        self._data = data
        self._by_folder = {os.path.normpath(os.path.dirname(path) or "."): (path, body) for path, body in files.items()}  # noqa: PTH120

    def roots(self) -> list[str]:
        """Folders that no other one builds on."""
        used = {one for folder in self._by_folder for one in self._entries(folder)}
        return sorted(
            folder
            for folder, (_, body) in self._by_folder.items()
            if folder not in used and body.get("kind") != "Component"
        )

    def remote(self, folder: str) -> list[str]:
        """What it takes from elsewhere, with what it builds on."""
        found: dict[str, None] = {}
        for one in self._below(folder):
            body = self._by_folder[one][1]
            found |= dict.fromkeys(text for text in _named(body) if _REMOTE.search(text))
            for plugin in (text for key in _PLUGINS for text in _texts(body.get(key))):
                data = self._data.get(os.path.normpath(f"{one}/{plugin}"), plugin.encode())
                found |= dict.fromkeys(url.decode("utf-8", "replace") for url in _URL.findall(data))
        return list(found)

    def outside(self, folder: str, allowed: Boundary) -> list[str]:
        """What it takes in that is not in the repository."""
        named = [path for one in self._below(folder) for path in named_paths(one, self._by_folder[one][1])]
        return [path for path in named if not allowed.holds(os.path.realpath(path))]

    def files(self, folder: str) -> set[str]:
        """Every file that it takes in."""
        out = set()
        for one in self._below(folder):
            path, body = self._by_folder[one]
            patches = [
                mapping(item).get("path") for key in ("patches", "patchesJson6902") for item in _items(body, key)
            ]
            patches += _texts(body.get("patchesStrategicMerge"))
            named = [*self._entries(one), *(os.path.normpath(f"{one}/{text}") for text in patches if is_path(text))]
            out |= {path, *(name for name in named if name not in self._by_folder)}
        return out

    def _below(self, folder: str) -> list[str]:
        found, pending = [], [folder]
        while pending:
            one = pending.pop()
            if one in self._by_folder and one not in found:
                found.append(one)
                pending += self._entries(one)
        return found

    def _entries(self, folder: str) -> list[str]:
        body = self._by_folder[folder][1]
        texts = [text for key in _FOLDERS for text in _texts(body.get(key))]
        return [os.path.normpath(f"{folder}/{text}") for text in texts if is_path(text) and not _REMOTE.search(text)]


def named_paths(folder: str, body: Mapping[str, Any]) -> list[str]:
    """Files and folders that a kustomization names, as seen from here."""
    local = [text.rpartition("=")[2] for text in _named(body) if not _REMOTE.search(text) and is_path(text)]
    return [os.path.normpath(f"{folder}/{text}") for text in local]


def _named(body: Mapping[str, Any]) -> Iterator[str]:
    """Every file or address that a kustomization names."""
    for key in _FILES:
        yield from _texts(body.get(key))
    yield from _texts([mapping(body.get("openapi")).get("path")])
    for key in ("patches", "patchesJson6902", "replacements"):
        yield from _texts([mapping(item).get("path") for item in _items(body, key)])
    for key in ("configMapGenerator", "secretGenerator"):
        for item in map(mapping, _items(body, key)):
            yield from (*_texts(item.get("files")), *_texts(item.get("envs")), *_texts([item.get("env")]))


def _items(body: Mapping[str, Any], key: str) -> list[Any]:
    value = body.get(key)
    return list(value) if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def command(folder: str) -> str:
    """For a user who renders it by hand."""
    return f"kustomize build {shlex.quote(folder)} | ing2gw convert -"


def render_kustomization(folder: str, scratch: Path) -> list[Bytes]:
    """What a kustomization makes, by the file that each object comes from.

    It is built through another kustomization that asks for these files; no plugin, function or chart is run for it.

    Raises:
        RenderError: Neither program is installed, or it fails.
    """
    program = first_installed("kustomize", "kubectl")
    inner = os.path.relpath(os.path.realpath(folder), os.path.realpath(scratch))
    (scratch / NAMES[0]).write_text(
        dump({"resources": [inner], "buildMetadata": ["originAnnotations"]}), encoding="utf-8"
    )
    verb = "kustomize" if program.endswith("kubectl") else "build"
    bodies = manifests(run([program, verb, str(scratch)], scratch))
    if bodies is None:
        raise RenderError("printed no YAML")
    out: dict[str, list[str]] = {}
    for body in bodies:
        out.setdefault(_origin(body, folder, scratch), []).append(dump(body))
    return [Bytes(path, SEPARATOR.join(texts).encode()) for path, texts in out.items()]


def _origin(body: dict[str, Any], folder: str, scratch: Path) -> str:
    """Where an object comes from, by the annotation that is asked for and taken off."""
    metadata = mapping(body.get("metadata"))
    notes = mapping(metadata.get("annotations"))
    found = re.search(r"^path: (.+)$", str(notes.pop(_ORIGIN, "")), re.M)
    if not notes:
        metadata.pop("annotations", None)
    if found is None:
        return f"{folder} (rendered)"
    path = os.path.relpath(os.path.realpath(scratch / found[1]))
    return f"{path} (rendered by {folder})"
