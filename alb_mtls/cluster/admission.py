"""What admission control says when it lets a write not through: webhooks and policies of the cluster. Pure.

A webhook chooses the HTTP status of its denial, 401, 404, 409, 422 and 5xx among them, so only the text tells a denial
from a missing permission, a patch that has become stale, or a server that fails. How it begins, the API server writes:
k8s.io/apiserver, admission/plugin/webhook/errors and admission/plugin/policy/validating.
"""

import re
from dataclasses import dataclass
from enum import StrEnum, auto

from alb_mtls.redaction import quoted

# It may write anything, and as much as it likes.
_LONGEST_MESSAGE = 4000
_LONGEST_NAME = 253


class Cause(StrEnum):
    """Why a write did not get through."""

    DENIED = auto()
    NOT_ANSWERED = auto()
    NO_DRY_RUN = auto()


_WEBHOOK = r'admission webhook "(?P<name>[^"]*)" '
_POLICY = r"(?P<policy>ValidatingAdmissionPolicy '[^']*')( with binding '[^']*')?"
_FORMS = (
    (Cause.DENIED, rf"{_WEBHOOK}denied the request(: (?P<text>.*)| without explanation)"),
    (Cause.DENIED, rf'\S+ "[^"]*" is forbidden: {_POLICY} denied request: (?P<text>.*)'),
    (Cause.NOT_ANSWERED, r'(Internal error occurred: )?failed calling webhook "(?P<name>[^"]*)": (?P<text>.*)'),
    (Cause.NO_DRY_RUN, rf"{_WEBHOOK}does not support dry run"),
    # Of an API server or proxy that does none at all.
    (Cause.NO_DRY_RUN, r"(?P<text>.*\bdry-?_? ?run\b.*\b(disabled|not supported|unsupported)\b.*)"),
)
_COMPILED = tuple((cause, re.compile(form, re.DOTALL | re.IGNORECASE)) for cause, form in _FORMS)


_SILENT = "without explanation"
# Not the member of a request that some webhooks quote: its patch is denied for another reason.
_OF_DRY_RUNS = re.compile(r"\bdry[-_ ]?runs?\b(?!\\?\"\s*:)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why admission control did not let a write through; in either case it had no effect.

    Attributes:
        by: who refused: a webhook or a policy, by name.
        text: its own words, cleaned; a denial always has some.
    """

    cause: Cause
    by: str
    text: str

    @property
    def denies_dry_runs(self) -> bool:
        """Whether a denial is about dry runs: some webhooks deny each of them, and would accept the write itself."""
        return self.cause is Cause.DENIED and _OF_DRY_RUNS.search(self.text) is not None


def refusal_in(message: str) -> Refusal | None:
    """Read the message of an error of the API server; None when admission control has nothing to do with it."""
    for cause, form in _COMPILED:
        found = form.fullmatch(message[:_LONGEST_MESSAGE])
        if found:
            parts = found.groupdict()
            named = parts.get("policy") or (f"admission webhook {parts['name']}" if parts.get("name") else "")
            text = quoted(parts.get("text") or "", _LONGEST_MESSAGE) or (_SILENT if cause is Cause.DENIED else "")
            return Refusal(cause=cause, by=quoted(named or "the API server", _LONGEST_NAME), text=text)
    return None
