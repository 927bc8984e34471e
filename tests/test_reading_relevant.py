"""Workloads that nothing is known of pass by unread; those that a mappings file recognises do not."""

import yaml

from converter.packs.auth_services import auth_services
from converter.packs.features import mappings_dir
from converter.reading.relevant_kinds import passes_by


def test_no_workload_that_a_mappings_file_recognises_passes_by():
    names = [name for one in auth_services() for name in (*one.images, *one.names)]
    names += yaml.safe_load((mappings_dir() / "error-services.yaml").read_text())["images"]
    assert len(names) > 10
    for kind in ("Deployment", "StatefulSet", "Pod"):
        assert [name for name in names if passes_by(kind, f"image: {name}:v1")] == []
