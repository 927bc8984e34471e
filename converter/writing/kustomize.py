"""A kustomization.yaml in every folder of the output, so that Flux and Argo CD take the tree as it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from converter.writing.layout import APPLIED_LATER
from converter.writing.yaml import dump

NAME = "kustomization.yaml"


def kustomizations(paths: Iterable[str]) -> dict[str, str]:
    """Path -> content of each, for generated files with these paths.

    What is applied after a hand-over (`certificates`) has one of its own, which that of the root does not name.
    """
    folders: dict[str, set[str]] = {".": set()}
    for path in paths:
        child = PurePosixPath(path)
        while str(child) != ".":
            folders.setdefault(str(child.parent), set()).add(child.name)
            child = child.parent
    folders["."] -= APPLIED_LATER | {f"{name}.yaml" for name in APPLIED_LATER}
    return {
        NAME if folder == "." else f"{folder}/{NAME}": _manifest(sorted(children))
        for folder, children in sorted(folders.items())
        if children
    }


def _manifest(resources: list[str]) -> str:
    return dump(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": list(resources)}
    )
