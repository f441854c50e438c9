"""Deliberate faults of an emulator: rules that say what happens to which requests, and how often.

For faults below HTTP, such as refused and reset connections, use `carrierx.emulator.FaultProxy`.
"""

from __future__ import annotations

from carrierx.emulator.faults.kinds import FaultKind, FaultWhere
from carrierx.emulator.faults.rule import FaultRule
from carrierx.emulator.faults.rules import FaultRules

__all__ = ["FaultKind", "FaultRule", "FaultRules", "FaultWhere"]
