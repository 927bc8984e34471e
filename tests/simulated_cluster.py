"""A cluster as far as a plan uses one: kubectl's commands on objects in memory, with garbage collection and DNS."""

from __future__ import annotations

import json
import re
import shlex
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

KINDS = {
    "ingress": "Ingress",
    "httproute": "HTTPRoute",
    "grpcroute": "GRPCRoute",
    "tlsroute": "TLSRoute",
    "gateways.gateway.networking.k8s.io": "Gateway",
    "certificates.cert-manager.io": "Certificate",
    "clusterissuers.cert-manager.io": "ClusterIssuer",
    "issuers.cert-manager.io": "Issuer",
    "rollouts.argoproj.io": "Rollout",
    "canaries.flagger.app": "Canary",
    "rules.crd.alauda.io": "Rule",
    "frontends.crd.alauda.io": "Frontend",
    "alaudaloadbalancer2.crd.alauda.io": "ALB2",
    "secret": "Secret",
    "ingressclass": "IngressClass",
    "deployment": "Deployment",
    "securitypolicy": "SecurityPolicy",
    "backendtrafficpolicy": "BackendTrafficPolicy",
    "clienttrafficpolicy": "ClientTrafficPolicy",
    "backendtlspolicy": "BackendTLSPolicy",
    "backend": "Backend",
    "envoyextensionpolicy": "EnvoyExtensionPolicy",
    "httproutefilter": "HTTPRouteFilter",
    "referencegrant": "ReferenceGrant",
    "tcproute": "TCPRoute",
    "udproute": "UDPRoute",
    "service": "Service",
}
CLUSTER_SCOPED = {"ClusterIssuer", "IngressClass", "GatewayClass", "Namespace", "ClusterRole"}
IGNORED = "external-dns.alpha.kubernetes.io/controller"
Object = dict[str, Any]
Key = tuple[str, str, str]


class CommandError(AssertionError):
    """A command that a cluster would refuse."""


class Cluster:
    """Objects by kind, namespace and name.

    Args:
        documents: What is there at first.
        folder: Where paths of commands start.
    """

    def __init__(self, documents: list[Object], folder: Path) -> None:
        self.objects: dict[Key, Object] = {}
        self.folder, self.variables = folder, dict[str, str]()
        for one in documents:
            self.put(one)

    def put(self, one: Object) -> None:
        self.objects[self.key(one)] = one

    @staticmethod
    def key(one: Object) -> Key:
        meta = one["metadata"]
        return one["kind"], "" if one["kind"] in CLUSTER_SCOPED else meta.get("namespace", "default"), meta["name"]

    def of(self, kind: str) -> list[Object]:
        return [one for (known, _, _), one in self.objects.items() if known == kind]

    def publishers(self) -> dict[str, list[str]]:
        """Host -> the objects that ask external-dns for it."""
        out: dict[str, list[str]] = {}
        for (kind, space, name), one in self.objects.items():
            if (
                kind not in ("Ingress", "HTTPRoute", "GRPCRoute")
                or one["metadata"].get("annotations", {}).get(IGNORED) == "none"
            ):
                continue
            rules = one["spec"].get("rules") or ()
            hosts = [rule.get("host") for rule in rules] if kind == "Ingress" else one["spec"].get("hostnames", ())
            for host in hosts:
                out.setdefault(host, []).append(f"{kind} {space}/{name}")
        return out

    def run(self, line: str) -> str:
        """One command line of a plan; what it prints."""
        assigned = re.fullmatch(r"(\w+)=\$\((.*)\)", line)
        if assigned:
            self.variables[assigned[1]] = self.run(assigned[2]) or "192.0.2.1"
            return ""
        output = ""
        for part in re.split(r" \| ", line):
            output = self._one(part, output)
        return output

    def _one(self, part: str, piped: str) -> str:
        command, _, target = part.partition(" > ")
        words = shlex.split(command)
        if words[0] in ("dig", "curl", "helm", "ing2gw"):
            return ""
        if words[0] == "mkdir":
            (self.folder / words[-1]).mkdir(parents=True, exist_ok=True)
            return ""
        if words[0] == "sed":
            out = "".join(
                f"{one}\n" for one in piped.splitlines() if not re.match(words[1].strip("/d")[1:], one.strip())
            )
        elif words[0] == "kubectl":
            out = self._kubectl(words[1:], piped)
        else:
            raise CommandError(f"unknown program {words[0]}: {part}")
        if target:
            (self.folder / shlex.split(target)[0]).write_text(out)
        return out

    def _kubectl(self, words: list[str], piped: str) -> str:
        options, rest = _options(words)
        verb, args = rest[0], rest[1:]
        if verb == "apply":
            return self._apply(options, piped)
        if verb == "annotate" and "--local" in options:
            return self._annotated(options, args)
        if verb == "rollout" or (verb == "get" and args[0] in ("configmap", "ingress") and len(args) == 1):
            return ""
        if verb == "create":
            self.put({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": options["-n"], "name": args[2]}})
            return ""
        found = self._documents(options, piped) if "-f" in options else self._named(options, args, verb)
        if verb == "annotate":
            for one in found:
                _annotate(one, [word for word in args if "=" in word or word.endswith("-")])
        elif verb == "patch":
            self._patch(found[0], options)
        elif verb == "delete":
            for key in [self.key(one) for one in found]:
                if key in self.objects or "-f" not in options:
                    self.delete(key)
        elif verb in ("get", "wait", "edit"):
            return (
                yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": found})
                if options.get("-o") == "yaml"
                else ""
            )
        else:
            raise CommandError(f"unknown verb {verb}")
        return ""

    def delete(self, key: Key) -> None:
        """Delete an object, and what it owns."""
        kind, space, name = key
        del self.objects[key]
        for other, one in list(self.objects.items()):
            owners = one["metadata"].get("ownerReferences") or ()
            if other[1] == space and any((owner["kind"], owner["name"]) == (kind, name) for owner in owners):
                self.delete(other)

    def _named(self, options: dict[str, str], args: list[str], verb: str) -> list[Object]:
        names = [word for word in args if "=" not in word and not (verb == "annotate" and word.endswith("-"))]
        pairs = [tuple(word.split("/")) for word in names if "/" in word] or [(names[0], name) for name in names[1:]]
        out = []
        for kind, name in pairs:
            if kind in ("validatingwebhookconfiguration", "configmap"):
                continue
            if kind not in KINDS:
                raise CommandError(f"unknown kind {kind}")
            key = (KINDS[kind], "" if KINDS[kind] in CLUSTER_SCOPED else options.get("-n", "default"), name)
            if key not in self.objects:
                if "--ignore-not-found" in options:
                    continue
                raise CommandError(f"not found: {key}")
            out.append(self.objects[key])
        if not pairs and "-l" not in options and not (verb == "get" and names):
            raise CommandError(f"no object in {args}")
        return out

    def _documents(self, options: dict[str, str], piped: str) -> list[Object]:
        found: list[Object] = []
        for path in options["-f"].splitlines():
            if path.startswith("https://"):
                return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "installed"}}]
            files = sorted((self.folder / path).rglob("*.yaml")) if "-R" in options else [self.folder / path]
            texts = [piped] if path == "-" else [file.read_text() for file in files]
            before = len(found)
            found += [one for text in texts for one in yaml.safe_load_all(text) if one]
            if len(found) == before:
                raise CommandError(f"nothing in {path}")
        return [item for one in found for item in (one["items"] if one["kind"] == "List" else [one])]

    def _apply(self, options: dict[str, str], piped: str) -> str:
        for one in self._documents(options, piped):
            if one["metadata"].get("resourceVersion") and self.key(one) not in self.objects:
                raise CommandError(f"resourceVersion should not be set on objects to be created: {self.key(one)}")
            if "--dry-run" not in options:
                former = self.objects.get(self.key(one))
                merged = deepcopy(one)
                if former is not None and "ownerReferences" in former["metadata"]:
                    merged["metadata"]["ownerReferences"] = former["metadata"]["ownerReferences"]
                self.put(merged)
        return ""

    def _annotated(self, options: dict[str, str], args: list[str]) -> str:
        found = self._documents(options, "")
        for one in found:
            _annotate(one, args)
        return "---\n".join(yaml.safe_dump(one) for one in found)

    def _patch(self, one: Object, options: dict[str, str]) -> None:
        text = options["-p"] if "-p" in options else (self.folder / options["--patch-file"]).read_text()
        patch = yaml.safe_load(text)
        if options["--type"] == "merge":
            _merge(one, patch)
            if one["kind"] == "Canary" and one["spec"]["provider"].startswith("gatewayapi"):
                self._flagger(one)
        else:
            for change in patch:
                _change(one, change)

    def _flagger(self, canary: Object) -> None:
        """Flagger makes its route, or overwrites the one of this name with its labels and annotations."""
        service = canary["spec"]["service"]
        name = service.get("name") or canary["spec"]["targetRef"]["name"]
        meta = {"name": name, "namespace": canary["metadata"]["namespace"], **deepcopy(service.get("apex", {}))}
        spec = {"parentRefs": service["gatewayRefs"], "hostnames": service["hosts"], "rules": [{}]}
        self.put({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": meta, "spec": spec})


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    valued = {"-n", "-f", "-o", "-p", "-l", "--type", "--patch-file", "--cert", "--key"}
    options: dict[str, str] = {}
    rest: list[str] = []
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if word == "-f":  # (several files are one text, a line each)
            options[word] = "\n".join(filter(None, (options.get(word), next(left))))
        elif word in valued:
            options[word] = next(left)
        elif word.startswith("-"):
            options[name] = value if equals else ""
        else:
            rest.append(word)
    return options, rest


def _annotate(one: Object, changes: list[str]) -> None:
    notes = one["metadata"].setdefault("annotations", {})
    for change in changes:
        key, equals, value = change.partition("=")
        if equals:
            notes[key] = value
        else:
            notes.pop(key.removesuffix("-"), None)


def _merge(node: Object, patch: Object) -> None:
    for key, value in patch.items():
        if value is None:
            node.pop(key, None)
        elif isinstance(value, dict):
            _merge(node.setdefault(key, {}), value)
        else:
            node[key] = value


def _change(one: Object, change: dict[str, Any]) -> None:
    """One operation of RFC 6902."""
    *way, last = change["path"].strip("/").split("/")
    node: Any = one
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node[part]
    place: Any = (len(node) if last == "-" else int(last)) if isinstance(node, list) else last
    if change["op"] == "test":
        if node[place] != change["value"]:
            raise CommandError(f"test failed: {json.dumps(change)}")
    elif change["op"] == "add":
        if isinstance(node, list):
            node.insert(place, change["value"])
        else:
            node[place] = change["value"]
    elif change["op"] == "remove":
        if isinstance(node, dict) and place not in node:
            raise CommandError(f"nothing to remove: {change['path']}")
        del node[place]
