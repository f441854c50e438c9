"""New files that only their owner can read, because they hold numbers, texts or references."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeVar

from carrierx.cli.failures import CommandError

__all__ = ["check_new_file", "open_new_binary_file", "open_new_file"]

FileT = TypeVar("FileT", IO[str], IO[bytes])

_PRIVATE = 0o600


def check_new_file(path: Path, name: str, *, force: bool) -> None:
    """Check that a file can be created: before something is done whose result it must hold.

    Args:
        path: The file.
        name: The option or argument that names it.
        force: Whether to replace an existing file.

    Raises:
        CommandError: It exists, or its folder doesn't.
    """
    if path.is_dir():
        raise CommandError(f"{name}: {path} is a folder. Give a file.")
    if path.exists() and not force:
        raise CommandError(f"{name}: {path} exists. Give another file, or replace it with --force.")
    if not path.parent.is_dir():
        raise CommandError(f"{name}: the folder {path.parent} does not exist.")


@contextmanager
def open_new_file(path: Path, name: str, *, force: bool) -> Generator[IO[str]]:
    """Create a text file.

    Raises:
        CommandError: It exists, or can't be created.
    """
    with _closing(os.fdopen(_created(path, name, force=force), "w", encoding="utf-8")) as file:
        yield file


@contextmanager
def open_new_binary_file(path: Path, name: str, *, force: bool) -> Generator[IO[bytes]]:
    """Create a binary file.

    Raises:
        CommandError: It exists, or can't be created.
    """
    with _closing(os.fdopen(_created(path, name, force=force), "wb")) as file:
        yield file


@contextmanager
def _closing(file: FileT) -> Generator[FileT]:
    """Close a file after the block. If the block fails, that is what counts: on a full disk, closing fails as well."""
    try:
        yield file
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    file.close()


def _created(path: Path, name: str, *, force: bool) -> int:
    check_new_file(path, name, force=force)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        return os.open(path, flags, _PRIVATE)
    except OSError as error:
        raise CommandError(f"{name}: {path} can't be written: {error.strerror or error}.") from error
