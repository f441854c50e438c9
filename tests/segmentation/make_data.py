"""Create the data that `test_agreement_with_another_counter` compares with.

Needed only after a change to the generated texts. With Node.js, in a folder where `npm install
sms-segments-calculator@1.3.0` was run, and with this repository on the Python path:

    python -m tests.segmentation.make_data
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.segmentation.generated_texts import generated_texts

FOLDER = Path(__file__).parent
ANSWERS = FOLDER / "data" / "answers.jsonl.gz"


def digest(texts: Iterable[str]) -> str:
    """Return a checksum of texts, to notice data for other texts."""
    total = hashlib.sha256()
    for text in texts:
        total.update(text.encode("utf-16-le", "surrogatepass") + b"\0\0")
    return total.hexdigest()


def main() -> None:
    texts = list(generated_texts())
    finished = subprocess.run(
        ["node", str(FOLDER / "make_answers.mjs")], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    ANSWERS.parent.mkdir(exist_ok=True)
    lines = json.dumps({"texts": digest(texts), "tool": "sms-segments-calculator 1.3.0"}) + "\n" + finished.stdout
    ANSWERS.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
