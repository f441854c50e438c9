"""Changes that meet a deletion or a release: what is gone stays gone."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from carrierx.emulator import Emulator
from carrierx.emulator.core.account import Account
from carrierx.emulator.store.file_table import FileTable
from carrierx.emulator.store.object_table import ObjectTable
from tests.emulator.helpers import CONTAINER_SID, DID, call, get, read, upload, write
from tests.emulator.routes.test_dids import DIDS, EXTERNAL, items, path_of


@contextmanager
def after_reading(table: type[ObjectTable] | type[FileTable], sid: str, act: Callable[[], object]) -> Generator[None]:
    """Do something right after a request has first read an object, as another thread could."""
    left = [act]
    find = table.find

    def find_then_act(self: ObjectTable | FileTable, wanted: str) -> object:
        found = find(self, wanted)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        if wanted == sid and found is not None and left:
            left.pop()()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "find", find_then_act)
        yield
    assert not left, "the request read nothing"


def deleting(emulator: Emulator, path: str) -> Callable[[], None]:
    def delete() -> None:
        assert call(emulator, "DELETE", f"/core/v2{path}").status == 204

    return delete


def stored_states(emulator: Emulator) -> int:
    account: Account = emulator._account  # pyright: ignore[reportPrivateUsage] - no request shows these
    return len(account.did_messaging.all())


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_an_external_did_does_not_come_back(emulator: Emulator, method: str) -> None:
    (did,) = items(emulator, EXTERNAL)
    sid = did["external_did_sid"]
    path = f"{EXTERNAL}/{sid}"

    with after_reading(ObjectTable, sid, deleting(emulator, path)):
        assert write(emulator, method, path, {"name": "Theirs"}).status == 404

    assert get(emulator, path).status == 404
    assert items(emulator, EXTERNAL) == []


def test_a_deleted_external_did_has_no_messaging(emulator: Emulator) -> None:
    (did,) = items(emulator, EXTERNAL)
    sid = did["external_did_sid"]
    before = stored_states(emulator)

    with after_reading(ObjectTable, sid, deleting(emulator, f"{EXTERNAL}/{sid}")):
        assert write(emulator, "POST", f"{EXTERNAL}/{sid}/messaging", {"enabled": True}).status == 404

    assert stored_states(emulator) <= before


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_released_did_is_not_assigned_again(emulator: Emulator, method: str) -> None:
    path = path_of(emulator, DID)
    sid = path.rpartition("/")[2]

    with after_reading(ObjectTable, sid, deleting(emulator, path)):
        answer = write(emulator, method, path, {"name": "Ours"})

    assert answer.status == 200
    assert read(emulator, path)["status"] == "aging"
    assert read(emulator, path)["name"] == "Ours"


def test_a_released_did_is_not_enabled(emulator: Emulator) -> None:
    path = path_of(emulator, DID)

    with after_reading(ObjectTable, path.rpartition("/")[2], deleting(emulator, path)):
        assert write(emulator, "POST", f"{path}/messaging", {"enabled": True, "type": "p2p"}).status == 409

    assert read(emulator, f"{path}/messaging")["enabled"] is False


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("table", "path"), [("dids", DIDS), ("containers", "/storage/containers"), ("external_dids", EXTERNAL)]
)
def test_an_object_that_is_gone_is_a_404(emulator: Emulator, method: str, table: str, path: str) -> None:
    account: Account = emulator._account  # pyright: ignore[reportPrivateUsage] - no request deletes these
    objects: ObjectTable = getattr(account, table)
    sid_name = {"dids": "did_sid", "containers": "container_sid", "external_dids": "external_did_sid"}[table]
    sid = str(objects.all()[0][sid_name])

    with after_reading(ObjectTable, sid, lambda: objects.remove(sid)):
        assert write(emulator, method, f"{path}/{sid}", {"name": "x"}).status == 404

    assert objects.find(sid) is None


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_file_does_not_come_back(emulator: Emulator, method: str) -> None:
    path = f"/storage/files/{upload(emulator)['file_sid']}"

    with after_reading(FileTable, path.rpartition("/")[2], deleting(emulator, path)):
        assert write(emulator, method, path, {"name": "dog.png"}).status == 404

    assert get(emulator, path).status == 404
    assert read(emulator, f"/storage/containers/{CONTAINER_SID}")["total_files"] == 0


def test_the_tables_change_only_what_there_is(emulator: Emulator) -> None:
    account: Account = emulator._account  # pyright: ignore[reportPrivateUsage]

    def fail(_: object) -> dict[str, object]:
        pytest.fail("there is nothing to change")

    assert account.dids.update("unknown", fail) is None  # type: ignore[arg-type]
    assert account.files.update("unknown", fail) is None  # type: ignore[arg-type]
    assert account.dids.find("unknown") is None
