"""Services that decide about requests, as they are met on clusters (`mappings/auth-services.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from converter.packs.features import load_yaml, mappings_dir

_VERSION = re.compile(r"-v?\d+\.\d+.*\Z")
LABELS = ("app.kubernetes.io/name", "app", "k8s-app", "helm.sh/chart", "chart")
"""Labels that name a product."""


class AuthService(NamedTuple):
    """One product."""

    name: str
    images: tuple[str, ...]
    names: tuple[str, ...]
    paths: tuple[str, ...]
    refused: Mapping[str, int]
    """Path -> status of an admitted request that is not 200."""
    hint: str

    def status(self, path: str) -> int:
        """The status of an admitted request where it is known not to be 200, else 0."""
        asked = path.partition("?")[0].rstrip("/")
        return next((code for ours, code in self.refused.items() if asked.endswith(ours)), 0)


@lru_cache
def auth_services() -> tuple[AuthService, ...]:
    """All products of the pack."""
    rows = load_yaml(mappings_dir() / "auth-services.yaml")["services"]
    return tuple(
        AuthService(
            name,
            tuple(row.get("images") or ()),
            tuple(row.get("names") or ()),
            tuple(row.get("paths") or ()),
            dict(row.get("refused") or {}),
            str(row.get("hint", "")),
        )
        for name, row in rows.items()
    )


def recognised(images: Iterable[str], labels: Iterable[Mapping[str, str]], name: str, path: str) -> AuthService | None:
    """The product behind a URL: by image, else by labels or the Service's name, else by the path that is asked."""
    repositories = [image.partition("@")[0].rpartition(":")[0] or image for image in images]
    for one in auth_services():
        if any(repository.endswith(image) for repository in repositories for image in one.images):
            return one
    if repositories:
        return None  # known to be something else
    words = {_VERSION.sub("", found[key]) for found in labels for key in LABELS if key in found} | {name}
    for one in auth_services():
        if words & set(one.names):
            return one
    asked = path.partition("?")[0]
    return next((one for one in auth_services() if asked.startswith(one.paths or ("\0",))), None)
