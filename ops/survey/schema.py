"""What the JSON of a survey holds. Plain data: the lab, which imports nothing of this package, has the same."""

from typing import Any, Final

KIND: Final = "alb-mtls survey"
VERSION: Final = 1

_HOW = ["alert", "page", "answer", "reset", "eof", "accepted", "unsupported", "unanswered"]

ANSWERS: Final[dict[str, Any]] = {
    "quota": {"total": "count"},
    "repository_listed": {"seconds": "number"},
    "filled_repository": {"outcome": ["deleted", "rejected"], "code": "text or null"},
    "certificate_shown": {"seconds": "number"},
    "serial_number": {"written": ["hexadecimal", "decimal", "missing", "other"]},
    "same_certificate_again": {"outcome": ["new-identifier", "same-identifier", "rejected"], "code": "text or null"},
    "same_name_again": {"outcome": ["taken", "rejected"], "code": "text or null"},
    "leaf_upload": {"outcome": ["taken", "rejected"], "code": "text or null"},
    "dns_zone": {"zone": ["international", "china", "other"]},
    "webhook": {
        "dry_run": ["passes", "denied", "unanswered", "no-dry-run"],
        "wrong_type": ["passes", "denied", "unanswered", "no-dry-run"],
    },
    "switch_times": {
        "alb_seconds": "number",
        "first_seconds": "number",
        "clean_seconds": "number",
        "connections": "count",
        "wrong_after_running": "count",
    },
    "identifier_form": {"form": ["same", "suffix", "other", "not-named"], "suffix": "text"},
    "refusals": [
        {
            "client": ["valid", "none", "other_ca", "expired", "wrong_eku"],
            "tls": ["1.2", "1.3"],
            "http": ["1.1", "2"],
            "how": _HOW,
            "alert": "alert or null",
            "status": "number or null",
            "title": "text",
        }
    ],
    "verify_depth": {"second_alone": ["accepted", "rejected"], "second_with_cross": ["accepted", "rejected"]},
    "bound_ca_deletion": {"outcome": ["deleted", "rejected"], "code": "text or null"},
    "switched_off": {"shows_ca": "boolean", "holds_ca": "boolean"},
    "sessions": {"tls_1_2": ["none", "safe", "unsafe"], "tls_1_3": ["none", "safe", "unsafe"]},
    "absent_field": {"outcome": ["off", "unchanged"]},
    "hash_label": {"written": "boolean"},
}
"""By question: the members of its answer, and of each what it is: a kind, or a list of the words that it may be.

A list around the members means that the answer is a list of such rows.
"""
