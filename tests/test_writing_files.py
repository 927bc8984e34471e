"""Files on disk: where they go, and what is never overwritten or removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.model import Location, ObjectRef, ObjectStatus, Resource
from converter.writing.files import STATE, WriteError, apply, plan, render
from converter.writing.layout import assign

WEB = ObjectRef("Ingress", "shop", "web")
API = ObjectRef("Ingress", "shop", "api")


def resource(
    kind: str, name: str, namespace: str = "shop", sources: tuple[ObjectRef, ...] = (WEB,), **spec: Any
) -> Resource:
    body = {"apiVersion": "x/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}
    return Resource("x/v1", kind, namespace, name, body, sources)


def of(kind: str) -> dict[str, Any]:
    """The field `from` of a grant, which is a word of Python."""
    return {"from": [{"kind": kind}]}


def status(ref: ObjectRef, path: str) -> ObjectStatus:
    return ObjectStatus(ref, Location(path, 1, 1), "converted")


def files(layout: str, *resources: Resource, **paths: str) -> list[str]:
    refs = {"web": WEB, "api": API}
    assign(resources, [status(refs[name], path) for name, path in paths.items()], layout)
    return [one.file for one in resources]


def test_roles_split_platform_team_and_application_team() -> None:
    assert files(
        "roles",
        resource("GatewayClass", "envoy", ""),
        resource("Gateway", "nginx", "gateways", (WEB, API)),
        resource("EnvoyProxy", "nginx", "gateways"),
        resource("ListenerSet", "nginx-2", "gateways", parentRef={"name": "nginx"}),
        resource("ClientTrafficPolicy", "parity", "gateways", targetRefs=[{"kind": "Gateway", "name": "nginx"}]),
        resource("BackendTrafficPolicy", "parity", "gateways", targetRefs=[{"kind": "Gateway", "name": "nginx"}]),
        resource("ReferenceGrant", "certificates", "shop", **of("Gateway")),
        resource("HTTPRoute", "web", sources=(WEB, API)),
        resource("SecurityPolicy", "web", targetRefs=[{"kind": "HTTPRoute", "name": "web"}]),
        resource("ReferenceGrant", "backends", "other", **of("HTTPRoute")),
    ) == [
        "infrastructure/gatewayclass-envoy.yaml",
        "infrastructure/gateways/nginx.yaml",
        "infrastructure/gateways/nginx.yaml",
        "infrastructure/gateways/nginx.yaml",
        "infrastructure/gateways/nginx-policies.yaml",
        "infrastructure/gateways/nginx-policies.yaml",
        "infrastructure/shop/reference-grants.yaml",
        "routes/shop/web.yaml",
        "routes/shop/web.yaml",
        "routes/other/web.yaml",
    ]


def test_mirror_keeps_the_structure_of_the_sources() -> None:
    shared, own = resource("Gateway", "g", sources=(WEB, API)), resource("HTTPRoute", "web")
    assert files("mirror", shared, own, web="apps/web/ingress.yaml", api="apps/api.json") == [
        "infrastructure/shop/g.yaml",
        "apps/web/ingress.gateway.yaml",
    ]
    assert files("mirror", own, web="/srv/x/apps/web/i.yml", api="/srv/x/apps/api.yaml") == ["web/i.gateway.yaml"]
    assert files("mirror", own, web="../apps/web/i.yml", api="../apps/api/i.yml") == ["web/i.gateway.yaml"]
    assert files("mirror", own, web="<stdin>") == ["stdin.gateway.yaml"]


def test_single_is_one_file() -> None:
    assert files("single", resource("Gateway", "g"), resource("HTTPRoute", "r")) == ["gateway-api.yaml"] * 2


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", ".hidden", "a/b", "", "x" * 400, "a\x00b", "~root"]
)
@pytest.mark.parametrize("layout", ["roles", "mirror", "single"])
def test_no_name_leads_out_of_the_directory(name: str, layout: str, tmp_path: Path) -> None:
    ref = ObjectRef("Ingress", name, name)
    resources = [
        resource(kind, name, name, (ref,)) for kind in ("HTTPRoute", "Gateway", "GatewayClass", "ReferenceGrant")
    ]
    assign(resources, [status(ref, name or "x.yaml")], layout)
    target = tmp_path / "out"
    apply(plan(target, render(resources)))
    for one in resources:
        assert (target / one.file).resolve().is_relative_to(target)
        assert (target / one.file).is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    content = {"routes/shop/web.yaml": "a: 1\n", "infrastructure/g.yaml": "b: 1\n"}
    assert sorted(apply(plan(tmp_path, content))) == sorted(content)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    again = plan(tmp_path, content)
    assert again.current
    assert apply(again) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == stamps


def test_a_file_edited_by_hand_is_kept_unless_forced(tmp_path: Path) -> None:
    apply(plan(tmp_path, {"a.yaml": "v: 1\n", "b.yaml": "v: 1\n"}))
    (tmp_path / "a.yaml").write_text("v: 1 # mine\n")
    todo = plan(tmp_path, {"a.yaml": "v: 2\n", "b.yaml": "v: 2\n"})
    assert (todo.edited, todo.changed) == (["a.yaml"], ["b.yaml"])
    apply(todo)
    assert (tmp_path / "a.yaml").read_text() == "v: 1 # mine\n"
    assert (tmp_path / "b.yaml").read_text() == "v: 2\n"
    assert plan(tmp_path, {"a.yaml": "v: 3\n", "b.yaml": "v: 2\n"}).edited == ["a.yaml"]
    apply(plan(tmp_path, {"a.yaml": "v: 3\n", "b.yaml": "v: 2\n"}), force=True)
    assert (tmp_path / "a.yaml").read_text() == "v: 3\n"


def test_a_foreign_file_is_not_ours_to_overwrite(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mine\n")
    assert plan(tmp_path, {"a.yaml": "generated\n"}).edited == ["a.yaml"]


def test_an_edit_that_equals_the_new_content_is_taken_over(tmp_path: Path) -> None:
    apply(plan(tmp_path, {"a.yaml": "v: 1\n"}))
    (tmp_path / "a.yaml").write_text("v: 2\n")
    apply(plan(tmp_path, {"a.yaml": "v: 2\n"}))
    assert plan(tmp_path, {"a.yaml": "v: 3\n"}).changed == ["a.yaml"]


def test_vanished_files_are_named_and_removed_only_with_prune(tmp_path: Path) -> None:
    apply(plan(tmp_path, {"r/x/a.yaml": "v: 1\n", "b.yaml": "v: 1\n", "c.yaml": "v: 1\n"}))
    (tmp_path / "c.yaml").write_text("mine\n")
    for _ in range(2):
        todo = plan(tmp_path, {"b.yaml": "v: 1\n"})
        assert (todo.vanished, todo.vanished_edited) == (["c.yaml", "r/x/a.yaml"], ["c.yaml"])
        apply(todo)
        assert (tmp_path / "r/x/a.yaml").is_file()
    assert apply(todo, prune=True) == ["r/x/a.yaml"]
    assert not (tmp_path / "r").exists()
    assert (tmp_path / "c.yaml").read_text() == "mine\n"
    apply(plan(tmp_path, {"b.yaml": "v: 1\n"}), prune=True, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [STATE, "b.yaml"]


def test_a_symbolic_link_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/routes").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteError, match="leads out of"):
        apply(plan(tmp_path / "out", {"routes/shop/a.yaml": "v: 1\n"}))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_damaged_or_hostile_record(tmp_path: Path) -> None:
    (tmp_path / STATE).write_text("<<<<<<< HEAD\n")
    with pytest.raises(WriteError, match="damaged"):
        plan(tmp_path, {})
    (tmp_path / "out").mkdir()
    (tmp_path / "victim").write_text("x")
    (tmp_path / "out" / STATE).write_text('{"files": {"../victim": "0", "/etc/hostname": "0", "a": 1}}')
    assert plan(tmp_path / "out", {}).vanished == []


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(WriteError):
        apply(plan(tmp_path, {"b.yaml": "v: 1\n", "a.yaml": "v: 1\n"}))
    assert [path.name for path in tmp_path.rglob("*.tmp")] == []


def test_an_interruption_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(plan(tmp_path, {"a.yaml": "v: 1\n"}))

    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    todo = plan(tmp_path, {"a.yaml": "v: 2\n"})
    with monkeypatch.context() as patch:
        patch.setattr("os.write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            apply(todo)
    assert sorted(path.name for path in tmp_path.iterdir()) == [STATE, "a.yaml"]
    assert (tmp_path / "a.yaml").read_text() == "v: 1\n"
    assert plan(tmp_path, {"a.yaml": "v: 2\n"}).changed == ["a.yaml"]
