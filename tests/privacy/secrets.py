"""What must never be seen, put together at run time: no line of these tests' own source holds it whole."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Secrets:
    """A token, two phone numbers and a text."""

    token: str
    sender: str
    recipient: str
    text: str

    @property
    def all(self) -> tuple[str, ...]:
        """All of them that are there."""
        return tuple(filter(None, (self.token, self.sender, self.recipient, self.text)))

    @property
    def message(self) -> dict[str, str]:
        """The keywords of a send that holds them."""
        return {"from_": self.sender, "to": self.recipient, "message": self.text}

    @property
    def echo(self) -> dict[str, object]:
        """An error's body as a careless server might write it, which repeats everything."""
        first, second = spellings(self.sender), spellings(self.recipient)
        return {
            "message": f"token {self.token}; from {', '.join(first)}; to {' / '.join(second)}; text {self.text!r}",
            "errors": [
                {"field": self.sender, "message": self.text, "reference_sid": self.token},
                {"field": "to", "message": f"x{self.recipient}y {self.text}{self.token}", "reference_sid": first[1]},
                f"{self.token}:{self.text}:{second[2]}",
            ],
            self.recipient: self.text,
        }

    def found_in(self, shown: str) -> list[str]:
        """Name those of them that can be read in a text, however the numbers are written."""
        digits = re.sub(r"\D", "", shown)
        found = {
            "token": self.token in shown,
            "sender": self.sender[1:] in digits,
            "recipient": self.recipient[1:] in digits,
            "text": self.text in shown,
        }
        return [name for name, is_there in found.items() if is_there]


def spellings(number: str) -> list[str]:
    """Ways in which people and programs write a number."""
    country, area, office, line = number[0], number[1:4], number[4:7], number[7:]
    return [
        number,
        f"+{number}",
        f"+{country} ({area}) {office}-{line}",
        f"{country}-{area}-{office}-{line}",
        f"{country}.{area}.{office}.{line}",
        f"{country} - {area} - {office} - {line}",
        f"{country}/{area}/{office}/{line}",
        f"{area}{office}{line}",
        f"DID-{number}",
        f"sip:{number}@gateway",
        f"to={number}&x",
        f"n{number}e",
        f"%2B{number}",
        f"{country}\u2011{area}\u2011{office}\u2011{line}",
    ]


SECRETS = Secrets(
    token="-".join(["tk", "7f3a", "9c0e", "b1d2"]),
    sender="".join(["1", "516", "206", "5575"]),
    recipient="".join(["1", "416", "555", "0147"]),
    text=" ".join(["Your", "code", "is", "mellon"]),
)

NOWHERE = "\u2205" * 11
"""Stands for a secret that is not looked for."""
