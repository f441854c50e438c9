from __future__ import annotations

from collections.abc import Iterator

import pytest
from benchmarks.stub import NoCompilerError, StubControl, find_compiler, stub_server


@pytest.fixture(scope="session")
def running_stub() -> Iterator[StubControl]:
    try:
        find_compiler()
    except NoCompilerError as error:
        pytest.skip(str(error))
    with stub_server() as control:
        yield control


@pytest.fixture
def stub(running_stub: StubControl) -> StubControl:
    running_stub.wait(0)
    return running_stub
