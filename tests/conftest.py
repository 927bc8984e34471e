"""Options and fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.probe_servers import Authority

settings.register_profile(
    "repeatable", derandomize=True, print_blob=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")
"""The same examples in every run, however busy the machine: chance finds its way into `--hypothesis-profile default`
alone."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected files of fixtures/ anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An issuer of certificates for servers of tests."""
    from tests.probe_servers import Authority

    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """An environment that is older than the dependencies of pyproject.toml is no failure of the code."""
    try:
        return (yield)
    except ModuleNotFoundError as error:
        if error.name != "crossplane":
            raise
        pytest.skip("needs ngxparse: install the project again")
