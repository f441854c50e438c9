"""How a user's test run keeps its texts at home, and how it allows hosts: by option, configuration and marker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.projects import run_pytest
from tests.testing.test_plugin import LOOP_SCOPE

REACHING = """
import socket
import subprocess
import sys

from carrierx import CarrierXClient, ConnectionFailedError, NetworkBlockedError


def no_name_is_known(*arguments, **options):
    raise OSError("no such name")


socket.getaddrinfo = no_name_is_known


def is_refused(host):
    url = f"http://{host}:9/core/v2"
    with CarrierXClient("any-token", base_url=url, allow_http=True, trust_env=False, max_retries=0) as client:
        try:
            client.messages.send(from_="15162065575", to="15162065574", message="Hello")
        except NetworkBlockedError:
            return True
        except ConnectionFailedError:
            return False


def is_refused_in_a_process(host):
    script = f"import reaching; print(reaching.is_refused({host!r}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"
"""

CONFTEST = """
import pytest

from reaching import is_refused

assert is_refused("api.example"), "a conftest is imported before the guard is on"


@pytest.fixture(scope="session", autouse=True)
def once():
    assert is_refused("api.example")
    yield
    assert is_refused("api.example")
"""

REFUSED = """
import multiprocessing

import pytest

from reaching import is_refused, is_refused_in_a_process

assert is_refused("api.example"), "a test file is imported before the guard is on"


@pytest.mark.parametrize("number", range(4))
def test_a_test(number):
    assert is_refused("api.example")
    assert not is_refused("localhost")


def test_a_process():
    assert is_refused_in_a_process("api.example")


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_a_worker(way):
    with multiprocessing.get_context(way).Pool(1) as pool:
        assert pool.map(is_refused, ["api.example", "localhost"]) == [True, False]


async def test_a_coroutine():
    assert is_refused("api.example")
"""

MARKED = """
import pytest

from reaching import is_refused, is_refused_in_a_process


@pytest.fixture
def refused_in_a_fixture():
    return is_refused("api.example")


@pytest.mark.carrierx_allow_network
def test_every_host(refused_in_a_fixture):
    assert not refused_in_a_fixture
    assert not is_refused("api.example")
    assert not is_refused_in_a_process("api.example")


@pytest.mark.carrierx_allow_network
def test_that_fails():
    assert is_refused("api.example"), "as it must"


@pytest.mark.carrierx_allow_network("api.example", "other.example")
async def test_some_hosts():
    assert [is_refused(host) for host in ("api.example", "other.example", "third.example")] == [False, False, True]


@pytest.mark.carrierx_allow_network("third.example")
class TestWithin:
    @pytest.mark.carrierx_allow_network("api.example")
    def test_markers_add_up(self):
        assert [is_refused(host) for host in ("api.example", "third.example", "other.example")] == [False, False, True]


@pytest.mark.carrierx_allow_network("https://api.example")
def test_that_names_a_url():
    pass


def test_without_a_marker(refused_in_a_fixture):
    assert refused_in_a_fixture
    assert is_refused("api.example")
    assert is_refused_in_a_process("api.example")
"""

ALLOWED = """
from reaching import is_refused, is_refused_in_a_process


def test_hosts():
    assert [is_refused(host) for host in ("api.example", "other.example", "third.example")] == {}
    assert is_refused_in_a_process("third.example") == {}
"""

INNER = """
import os
import subprocess
import sys

from reaching import is_refused


def test_a_run_within_a_run(tmp_path):
    lines = {lines!r}
    (tmp_path / "pytest.ini").write_text("\\n".join(["[pytest]", "pythonpath = " + os.getcwd(), *lines]))
    (tmp_path / "test_inner.py").write_text({inner!r})
    command = [sys.executable, "-m", "pytest", *{arguments!r}, "-c", str(tmp_path / "pytest.ini"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()
    assert is_refused("third.example")
"""

AUTO = (LOOP_SCOPE, "asyncio_mode = auto", "pythonpath = .")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_texts_stay_at_home_from_the_first_import_to_the_last_fixture(tmp_path: Path, workers: str) -> None:
    run = run_pytest(tmp_path, "-n", workers, options=AUTO, reaching=REACHING, conftest=CONFTEST, test_refused=REFUSED)

    assert run.counts == {"passed": 4 + 1 + 2 + 1}, run.output


def test_a_marker_allows_hosts_in_its_test_alone(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, options=AUTO, reaching=REACHING, test_marked=MARKED)

    assert run.counts == {"passed": 4, "failed": 1, "error": 1}, run.output
    assert "as it must" in run.output
    assert "the marker carrierx_allow_network accepts only host names, such as 'sandbox.example'" in run.output


@pytest.mark.parametrize(
    ("options", "arguments", "refused"),
    [
        (["carrierx_allow_hosts = api.example", "    Other.Example:443"], [], [False, False, True]),
        ([], ["--carrierx-allow-network"], [False, False, False]),
        (["addopts = --carrierx-allow-network"], [], [False, False, False]),
    ],
)
def test_the_configuration_and_an_option_allow_hosts(
    tmp_path: Path, options: list[str], arguments: list[str], refused: list[bool]
) -> None:
    """Here in the workers of xdist, which have it from the run that starts them."""
    test = ALLOWED.format(refused, refused[-1])

    run = run_pytest(tmp_path, "-n", "1", *arguments, options=[*AUTO, *options], reaching=REACHING, test_it=test)

    assert run.counts == {"passed": 1}, run.output


@pytest.mark.parametrize(
    ("lines", "arguments", "refused"),
    [
        ([], [], [False, True, True]),
        (["carrierx_allow_hosts = other.example"], [], [False, False, True]),
        ([], ["--carrierx-allow-network"], [False, False, False]),
    ],
)
def test_a_run_within_a_run_allows_no_more_unless_it_is_told_to(
    tmp_path: Path, lines: list[str], arguments: list[str], refused: list[bool]
) -> None:
    inner = ALLOWED.format(refused, refused[-1])
    outer = INNER.format(lines=lines, inner=inner, arguments=arguments)

    run = run_pytest(
        tmp_path, options=["carrierx_allow_hosts = api.example", *AUTO], reaching=REACHING, test_outer=outer
    )

    assert run.counts == {"passed": 1}, run.output


def test_a_url_in_the_configuration_is_refused(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, options=["carrierx_allow_hosts = https://api.example"], test_it="def test_it(): pass")

    assert "carrierx_allow_hosts accepts only host names, such as 'sandbox.example', not 'https://api.e" in run.output
    assert not run.counts


def test_without_the_plugin_there_is_no_guard(tmp_path: Path) -> None:
    test = ALLOWED.format([False, False, False], False)

    run = run_pytest(tmp_path, "-p", "no:carrierx", options=AUTO, reaching=REACHING, test_it=test)

    assert run.counts == {"passed": 1}, run.output
