"""Faults below HTTP: a proxy on this machine that can refuse, reset, slow down and ignore connections."""

from __future__ import annotations

from carrierx.emulator.faults.proxy.fault_proxy import FaultProxy, ProxyCounts
from carrierx.emulator.faults.proxy.modes import ProxyFault, ProxyMode

__all__ = ["FaultProxy", "ProxyCounts", "ProxyFault", "ProxyMode"]
