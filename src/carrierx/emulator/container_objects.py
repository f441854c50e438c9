"""Containers as objects of the API. Source: the sample of the page about creating one."""

from __future__ import annotations

from carrierx.emulator.http_types import JSONObject


def new_container(container_sid: str) -> JSONObject:
    """Return a container as it is stored: without `partner_sid`, quotas and usage."""
    return {
        "allow_publish": True,
        "allowed_classifications": [],
        "blocked_classifications": [],
        "container_sid": container_sid,
        "default_file_lifecycle_action": "no_action",
        "default_file_lifecycle_ttl": -1,
        "default_file_publish": "file_sid",
        "default_file_threshold_include": True,
        "default_file_unique": False,
        "durability_class": "unassigned",
        "encrypted": False,
        "external_attributes": {},
        "integer_key_1": None,
        "integer_key_2": None,
        "name": "N/A",
        "parent_container_sid": None,
        "string_key_1": None,
        "string_key_2": None,
        "string_key_3": None,
        "string_key_4": None,
        "threshold_action": None,
        "threshold_available_bytes_percent": None,
        "threshold_available_files_percent": None,
        "threshold_bytes": None,
        "threshold_bytes_target": None,
        "threshold_files": None,
        "threshold_files_target": None,
        "threshold_grace_period": 0,
        "threshold_total_bytes": 0,
        "threshold_total_files": 0,
        "type": "internal",
        "unique": False,
    }
