"""`carrierx segments` and `carrierx estimate`: both send nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrierx.emulator import RunningEmulator
from tests.cli.helpers import RECIPIENT, SENDER, TEXT, assert_discreet, credentials, invoke, run_command


def test_segments_are_counted() -> None:
    result = invoke("segments", "a" * 161)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["encoding:  GSM-7", "segments:  2", "units:     161", "room left: 145"]


def test_characters_that_make_it_longer_are_named() -> None:
    result = invoke("segments", "It\u2019s 5 o\u2019clock \U0001f600")

    assert "encoding:  UCS-2\n" in result.stdout
    assert '\u2019 U+2019 RIGHT SINGLE QUOTATION MARK, 2 times, equivalent "\'"' in result.stdout
    assert "\U0001f600 U+1F600 GRINNING FACE, once, no equivalent" in result.stdout
    assert result.stdout.endswith("--normalise replaces those that have an equivalent.\n")


def test_a_text_is_normalised() -> None:
    result = invoke("segments", "--normalise", "It\u2019s", "--json")

    document = json.loads(result.stdout)
    assert (document["text"], document["encoding"], document["offending"]) == ("It's", "GSM-7", [])


def test_a_text_comes_from_standard_input() -> None:
    ended = run_command("segments", "-", "--json", stdin="é\n".encode())

    assert json.loads(ended.stdout)["units"] == 1


def test_bytes_that_are_no_text_are_refused() -> None:
    ended = run_command("segments", "\udcff")

    assert (ended.returncode, ended.stderr) == (2, "The text is not valid UTF-8.\n")


def prices_file(folder: Path) -> str:
    path = folder / "prices.csv"
    path.write_text("prefix,sms,mms\n1,0.01,0.02\n")
    return str(path)


def test_a_file_is_estimated_without_an_account(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(
        f"to,text,media_urls\n{RECIPIENT},Hello,\n447700900123,Hello,\n{RECIPIENT},,https://example.com/a https://e.com/b\n"
    )

    result = invoke("estimate", str(path), "--prices", prices_file(tmp_path))
    as_json = invoke("estimate", str(path), "--prices", prices_file(tmp_path), "--json")

    assert result.stdout.splitlines() == [
        "messages: 3",
        "segments: 3",
        "total:    $0.03",
        "The price is unknown for line 3: not in the total.",
    ]
    assert json.loads(as_json.stdout) == {
        "messages": 3,
        "segments": 3,
        "total": "0.03",
        "complete": False,
        "unpriced": 1,
    }


def test_carrierx_knows_the_prices(served: RunningEmulator, tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_text(json.dumps({"to": RECIPIENT, "message": "Hello"}))

    result = invoke("estimate", str(path), "--json", **credentials(served))

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["complete"] is True
    assert all("/sms/rates/outbound/toll" in seen.path for seen in served.emulator.requests_seen)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.jsonl", "{", "line 1: It is not valid JSON."),
        ("m.jsonl", "[1]", "line 1: It is not a JSON object"),
        ("m.jsonl", "[" * 100_000, "line 1: It is not valid JSON."),
        ("m.jsonl", f'\n{{"to": "{RECIPIENT}", "text": "x"}}', "line 2: "),
        ("m.csv", "", "is empty. Its first line must name the columns: from, to, message"),
        ("m.csv", f"{RECIPIENT},{TEXT}\n", "the first line must name columns, and there is no column. Known:"),
        ("m.csv", "to,mesage\n", "there is no column 'mesage'. Known:"),
        ("m.csv", "to,message,text\n", "two columns are named message."),
        ("m.csv", f"to,message\n{RECIPIENT},{TEXT},x\n", "line 2: It has 3 columns, and the header has 2."),
        ("m.csv", 'to,message\n1,"x', "it is not well-formed CSV"),
        ("m.csv", f"to,message,reference\n{RECIPIENT},x,it's\n", "line 2: reference: reference contains a quote"),
        (
            "m.csv",
            f"to,message,reference\n{RECIPIENT},x,a\n{RECIPIENT},y,a\n",
            "line 3: reference: Line 2 has",
        ),
        ("m.csv", f'to,message\n{RECIPIENT},"a\nb"\n5,{TEXT}\n', "line 4: to: "),
        (
            "m.csv",
            "to,message,media_urls\n5,,ftp://x\n",
            "line 2: media_urls[0]: It is not an absolute",
        ),
        ("m.csv", f"to,message\n{RECIPIENT[1:]},x\n", "line 2: to: It has ten digits and no +"),
        ("m.csv", b"to,message\n1,\xff\n", "is not UTF-8. Save it as UTF-8."),
        ("m.txt", "x", "The format of "),
        ("missing.csv", None, "missing.csv can't be read: No such file or directory."),
        ("folder.csv", "folder", "folder.csv is a folder. Give a file."),
    ],
)
def test_a_file_that_can_not_be_used_is_told(tmp_path: Path, name: str, content: str | bytes | None, said: str) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content)

    result = invoke("estimate", str(path), "--prices", prices_file(tmp_path))

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "`" not in result.stderr
    assert_discreet(result.stderr)


def test_invalid_lines_are_counted_and_the_first_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("to,message\n" + "5,x\n" * 25)

    result = invoke("estimate", str(path), "--prices", prices_file(tmp_path))
    as_json = invoke("estimate", str(path), "--prices", prices_file(tmp_path), "--json")

    assert result.stderr.startswith(f"25 messages of {path} are invalid.\nline 2: to: ")
    assert result.stderr.endswith("... and 5 more.\n")
    assert len(json.loads(as_json.stderr)["lines"]) == 25


def test_prices_that_can_not_be_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(f"to,message\n{SENDER},x\n")

    result = invoke("estimate", str(path), "--prices", str(tmp_path / "missing.csv"))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "missing.csv can't be read: No such file or directory.\n"
