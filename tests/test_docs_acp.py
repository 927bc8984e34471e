"""docs/acp.md: every command of the page is carried out, in its order, on fixtures/acp/platform.

`kubectl` and `curl` are small stand-ins: there is no cluster. They refuse resources, files and options that do not exist.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from converter.reading.relevant_kinds import GROUPS, TARGET_KINDS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/acp.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
ESTATE = ROOT / "fixtures/acp/platform/input.yaml"
UNDECIDED = ("accept each by its exact code", "served before and failing after")
PLURALS = {
    "alaudaloadbalancer2": "ALB2",
    "frontends": "Frontend",
    "rules": "Rule",
    "timeoutpolicies": "TimeoutPolicy",
    "ingresses": "Ingress",
    "ingressclasses": "IngressClass",
    "services": "Service",
    "endpoints": "Endpoints",
    "namespaces": "Namespace",
    "secrets": "Secret",
    "gatewayclasses": "GatewayClass",
    "gateways": "Gateway",
    "httproutes": "HTTPRoute",
    "tcproutes": "TCPRoute",
    "udproutes": "UDPRoute",
    "envoyproxies": "EnvoyProxy",
    "envoygatewayctl": "EnvoyGatewayCtl",
    "ipaddresspools": "IPAddressPool",
}

KUBECTL = """#!PYTHON
import json, pathlib, sys
import yaml
PLURALS, ESTATE = MAP, "ESTATE_PATH"
words, args = sys.argv[1:], []
flags = {}
while words:
    word = words.pop(0)
    if word.startswith("--") or word in ("-A", "-R"):
        name, equals, value = word.partition("=")
        takes = not equals and name in ("--type",)
        flags[name] = words.pop(0) if takes else value
    elif word.startswith("-"):
        flags[word] = words.pop(0)
    else:
        args.append(word)
verb, rest = args[0], args[1:]
if verb == "get":
    kinds = [PLURALS.get(one.partition(".")[0]) for one in rest[0].split(",")]
    objects = [one for one in yaml.safe_load_all(open(ESTATE)) if one["kind"] in kinds]
    data = {"apiVersion": "v1", "kind": "List", "items": objects}
    json.dump(data, sys.stdout) if flags.get("-o") == "json" else yaml.safe_dump(data, sys.stdout)
elif verb in ("apply", "delete") and "-f" in flags:
    path = pathlib.Path(flags["-f"])
    files = [path] if path.is_file() else sorted(path.rglob("*.yaml"))
    documents = [one for file in files for one in yaml.safe_load_all(file.read_text())]
    if not documents or not all(isinstance(one, dict) and "kind" in one for one in documents):
        sys.exit(f"error: no objects in {path}")
elif verb == "patch":
    json.loads(flags["-p"])
elif verb == "delete":
    assert rest and flags["-n"], words
elif verb not in ("create", "label", "top"):
    sys.exit(f"unknown command {verb}")
with open("kubectl.log", "a") as log:
    print(*sys.argv[1:], file=log)
"""
CURL = """#!/bin/sh
[ "$#" -eq 8 ] || exit 2
echo "$7 $8" >> curl.log
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with the stand-ins in its PATH."""
    folder = tmp_path_factory.mktemp("acp")
    tools = folder / "tools"
    tools.mkdir()
    kubectl = KUBECTL.replace("PYTHON", sys.executable, 1).replace("MAP", repr(PLURALS), 1)
    scripts = {
        "kubectl": kubectl.replace("ESTATE_PATH", str(ESTATE)),
        "curl": CURL,
        "ing2gw": f'#!/bin/sh\nexec {sys.executable} -m converter "$@"\n',
    }
    for name, text in scripts.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return folder, environment


@pytest.mark.skipif(shutil.which("jq") is None, reason="the page uses jq")
def test_every_command_of_the_page_works_in_its_order(shell) -> None:
    folder, environment = shell
    for block in BLOCKS:
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", block],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        # a firewall is lost here: every run says so until somebody has decided
        undecided = done.returncode == 1 and any(words in done.stderr for words in UNDECIDED)
        assert done.returncode == 0 or undecided, f"{block}\n{done.stderr[-2000:]}"
    secrets = (folder / "secrets.json").read_text()
    assert "shop-tls" in secrets
    assert set(re.findall(r'"tls.crt": "([^"]*)"', secrets)) == {"PHJlZGFjdGVkPg=="}
    assert "Gateway cpaas" not in (folder / "inventory.txt").read_text()
    assert (folder / "acp.html").stat().st_size > 10_000
    gateways = [
        one
        for file in (folder / "gateway").rglob("*.yaml")
        for one in yaml.safe_load_all(file.read_text())
        if one["kind"] == "Gateway"
    ]
    assert {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in gateways} == {
        ("envoy-gateway-operator", "global-alb2"),
        ("retail-gateway", "retail"),
        ("dispatch", "partners"),
    }
    assert len((folder / "curl.log").read_text().splitlines()) == 6
    log = (folder / "kubectl.log").read_text()
    assert log.index("apply --dry-run=server") < log.index("apply -R -f gateway") < log.index("delete")


def test_the_export_has_every_kind_that_is_read_of_the_platform() -> None:
    export = next(block for block in BLOCKS if "> acp.yaml" in block)
    asked = {PLURALS[one.partition(".")[0]] for one in re.search(r"\n  (\S+) \\\n", export)[1].split(",")}
    estate = {one["kind"] for one in yaml.safe_load_all(ESTATE.read_text())}
    assert estate - asked == {"Secret"}  # its own command, without the contents
    platform = {kind for kind, groups in GROUPS.items() if any("alauda" in group for group in groups)}
    assert platform | {"Service", "Namespace", "Endpoints", "Ingress", "IngressClass"} <= asked
    assert {"Gateway", "GatewayClass", "HTTPRoute", "TCPRoute", "UDPRoute", "EnvoyProxy"} <= asked & TARGET_KINDS


def test_codes_of_the_page_are_issued() -> None:
    source = "".join(path.read_text() for path in (ROOT / "converter").rglob("*.py"))
    source += "".join(path.read_text() for path in (ROOT / "mappings").rglob("*.yaml"))
    for code in re.findall(r"`([a-z-]+\.[a-z-]+)`", PAGE):
        if code in ("cpaas.io", "ing2gw.yaml", "ca.crt", "tls.crt"):
            continue
        family, _, rest = code.partition(".")
        known = code in source or (f"{family}:" in source and rest in ("unsupported",))
        assert known, code


def test_the_estate_is_a_platform_as_it_is_run() -> None:
    documents = list(yaml.safe_load_all(ESTATE.read_text()))
    modes = [one["spec"]["config"]["networkMode"] for one in documents if one["kind"] == "ALB2"]
    assert sorted(modes) == ["container", "host"]
    projects = {one["metadata"]["labels"].get("cpaas.io/project") for one in documents if one["kind"] == "Namespace"}
    assert {"retail", "logistics", "finance"} <= projects
    assert {"tcp", "udp", "http", "https"} <= {
        one["spec"]["protocol"] for one in documents if one["kind"] == "Frontend"
    }
    rules = [one["spec"] for one in documents if one["kind"] == "Rule"]
    assert any("source" in one for one in rules)
    assert any("source" not in one for one in rules)
    assert any("enable-modsecurity" in str(one) for one in documents)
    assert any(one["kind"] == "Gateway" for one in documents)
