from __future__ import annotations

from collections.abc import Iterator

import pytest
from benchmarks.stub import NoCompilerError, StubControl, StubServer, find_compiler


@pytest.fixture(scope="session")
def stub_server() -> Iterator[StubServer]:
    try:
        find_compiler()
    except NoCompilerError as error:
        pytest.skip(str(error))
    with StubServer() as server:
        yield server


@pytest.fixture
def control(stub_server: StubServer) -> Iterator[StubControl]:
    control = StubControl(stub_server.port)
    yield control
    control.behave()
    control.close()
