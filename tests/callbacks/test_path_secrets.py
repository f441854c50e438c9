"""The secret in the path."""

from __future__ import annotations

import pickle

import pytest

from carrierx import ConfigurationError
from carrierx.callbacks import MIN_SECRET_LENGTH, SecretPath, new_secret


def test_a_new_secret_is_taken_and_needs_no_escaping() -> None:
    secret = new_secret()

    assert SecretPath(secret).matches(secret)
    assert secret.replace("-", "").replace("_", "").isalnum()
    assert secret != new_secret()


def test_two_are_valid_during_a_rotation() -> None:
    old, new = new_secret(), new_secret()

    assert [SecretPath(new, old).matches(each) for each in (new, old)] == [True, True]
    assert not SecretPath(new).matches(old)


@pytest.mark.parametrize("change", ["", "x", "é", "\ud800", "\x00"])
def test_anything_else_is_refused(change: str) -> None:
    secret = f"a{new_secret()}a"
    secrets = SecretPath(secret)

    for candidate in (change, secret[:-1] + change, change + secret[1:], secret.swapcase(), f"{secret} ", f"/{secret}"):
        assert not secrets.matches(candidate)


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_are_given(count: int) -> None:
    with pytest.raises(ConfigurationError, match=f"it got {count}"):
        SecretPath(*[new_secret() for _ in range(count)])


def test_a_short_secret_is_refused_without_being_shown() -> None:
    short = new_secret()[: MIN_SECRET_LENGTH - 1]
    for secrets in ((short,), (new_secret(), short)):
        with pytest.raises(ConfigurationError, match="have at least 32 characters; this one has 31") as caught:
            SecretPath(*secrets)
        assert short not in str(caught.value)
    assert SecretPath(short + "x").matches(short + "x")


@pytest.mark.parametrize("character", ["/", "?", "%", " ", "é", "\n", "+"])
def test_a_secret_that_would_be_escaped_is_refused(character: str) -> None:
    with pytest.raises(ConfigurationError, match="letters, digits"):
        SecretPath(new_secret() + character)


def test_a_secret_is_shown_nowhere() -> None:
    secret = new_secret()
    secrets = SecretPath(secret)

    assert repr(secrets) == str(secrets) == "SecretPath(<1>)"
    assert secret.encode() not in pickle.dumps(secrets)
    assert pickle.loads(pickle.dumps(secrets)).matches(secret)


def test_every_secret_is_compared_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []

    def note(given: bytes, known: bytes) -> bool:
        compared.append((len(given), len(known)))
        return given == known

    monkeypatch.setattr("hmac.compare_digest", note)
    first, second = new_secret(), new_secret() + "longer"
    secrets = SecretPath(first, second)
    for candidate in (first, second, "", "x" * 1000):
        secrets.matches(candidate)

    assert compared == [(32, 32)] * 8
