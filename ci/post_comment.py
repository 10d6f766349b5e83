"""`ci/post_comment.py FILE STACK`: show a Markdown file as the one comment of a stack on a pull request.

The first line of the file is a hidden marker, by which the comment is found again and edited. Where there is none,
the preview has ended before it could write one; the comment then says so, over what that of an earlier preview says.
Standard library only: the step with the token needs no environment of packages. Its variables: GITHUB_TOKEN,
GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST (the number), HEAD_REPOSITORY (where the branch lies), and COMMENT_LOGIN
where the token is not that of a workflow. docs.github.com, "REST API endpoints for issue comments".
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

# GitHub takes 65,536.
LONGEST: Final = 64_000
_CUT: Final = "\n\nThis is not all of it: the page of the run has the rest.\n"
_MARKER: Final = re.compile(r"<!-- alb-mtls [^<>/]*/([^<>/]+) -->")
_STACK: Final = re.compile(r"[A-Za-z0-9][\w./-]*")
_PROJECT: Final = Path(__file__).resolve().parents[1] / "Pulumi.yaml"
# Who a workflow's own token writes as.
_BOT: Final = "github-actions[bot]"
_PER_PAGE: Final = 100
_TRIES: Final = 5
_SECONDS: Final = 20
_LONGEST_WAIT_SECONDS: Final = 60
_LONGEST_REASON: Final = 200


class PostError(Exception):
    """The comment is not there, or not as it should be; the message is a sentence with what to do."""


class TransientError(PostError):
    """The same, and GitHub may do it when it is tried again.

    Attributes:
        seconds: how long GitHub demands to wait; None where it names nothing.
    """

    def __init__(self, message: str, seconds: int | None = None) -> None:
        """Keep both."""
        super().__init__(message)
        self.seconds = seconds


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token along, wherever it leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """The comments of one pull request.

    Attributes:
        api: URL of the REST API.
        repository: with its owner.
        number: of the pull request.
        login: whose comments are ours.
    """

    api: str
    repository: str
    number: str
    login: str
    token: str = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "GitHub":
        """Read it.

        Raises:
            PostError: it is a pull request from a fork, or something is missing.
        """
        repository, head = environment.get("GITHUB_REPOSITORY", ""), environment.get("HEAD_REPOSITORY", "")
        # First of all: no request is made for a fork.
        if repository and head != repository:
            message = (
                f"This pull request comes from {head or 'a repository that is gone'}, not from {repository}: no "
                "comment is written for a fork. Push the branch to the repository itself, after reading it."
            )
            raise PostError(message)
        api = environment.get("GITHUB_API_URL", "").rstrip("/")
        number, token = environment.get("PULL_REQUEST", ""), environment.get("GITHUB_TOKEN", "").strip()
        problems = {
            "GITHUB_REPOSITORY must be OWNER/NAME": re.fullmatch(r"[\w.-]+/[\w.-]+", repository),
            "PULL_REQUEST must be the number of the pull request": number.isascii() and number.isdigit(),
            "GITHUB_API_URL must be an https URL": _is_safe(api),
            "GITHUB_TOKEN must hold a token": token and token.isascii() and token.isprintable(),
        }
        wrong = [problem for problem, fine in problems.items() if not fine]
        if wrong:
            raise PostError("; ".join(wrong))
        login = environment.get("COMMENT_LOGIN") or _BOT
        return cls(api=api, repository=repository, number=number, login=login, token=token)

    def put(self, body: str) -> str:
        """Edit our comment or write it; remove others of ours with the same marker. Return what was done.

        Raises:
            PostError: it could not be done.
        """
        marker = body.splitlines()[0]
        own = [one for one in self._comments() if _is_ours(one, self.login, marker)]
        for superfluous in own[1:]:
            self._call("DELETE", f"/issues/comments/{int(superfluous['id'])}")
        if not own:
            self._call("POST", f"/issues/{self.number}/comments", {"body": body})
            return "written"
        if own[0].get("body") == body:
            return "left as it was"
        self._call("PATCH", f"/issues/comments/{int(own[0]['id'])}", {"body": body})
        return "edited"

    def _comments(self) -> Iterator[dict[str, Any]]:
        """Yield all of them, the oldest first."""
        page = 1
        while found := self._call("GET", f"/issues/{self.number}/comments?per_page={_PER_PAGE}&page={page}"):
            yield from found
            page += 1

    def _call(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - `of` has looked at the scheme
            f"{self.api}/repos/{self.repository}{path}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
        )
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("User-Agent", "alb-mtls")
        if content is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=_SECONDS) as answer:
                text = answer.read()
            return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                raise _error_of(error, method) from None
        except (OSError, ValueError) as error:
            message = f"GitHub's API at {self.api} gave no answer to {method} ({type(error).__name__})"
            raise TransientError(message) from None


def _is_safe(api: str) -> bool:
    """Whether a token may be sent there: over TLS, or not off this machine."""
    parts = urlsplit(api)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")
    )


def _is_ours(comment: Mapping[str, Any], login: str, marker: str) -> bool:
    """Whether a comment is that of this stack. Anybody may write the marker: who wrote it counts as well."""
    first, *_ = (comment.get("body") or "").splitlines() or [""]
    return first.strip() == marker and (comment.get("user") or {}).get("login") == login


def _error_of(error: urllib.error.HTTPError, method: str) -> PostError:
    """Return what an answer means. docs.github.com, "Rate limits for the REST API": 403 or 429, with a mark."""
    try:
        reason = str(json.loads(error.read())["message"])[:_LONGEST_REASON]
    except (OSError, ValueError, KeyError, TypeError):
        reason = ""
    sentence = f"GitHub answered {method} with {error.code} {reason}".strip()
    after = error.headers.get("Retry-After", "")
    limited = after or error.headers.get("X-RateLimit-Remaining") == "0" or "rate limit" in reason.lower()
    if error.code >= 500 or error.code == 429 or (error.code == 403 and limited):  # noqa: PLR2004 - codes of HTTP
        return TransientError(sentence, int(after) if after.isascii() and after.isdigit() else None)
    if error.code == 404 and method in ("PATCH", "DELETE"):  # noqa: PLR2004 - as above
        # Somebody has removed the comment meanwhile.
        return TransientError(sentence, 0)
    if error.code in (401, 403, 404):
        sentence += "; the job needs `pull-requests: write` in its permissions, and GITHUB_TOKEN in this step"
    return PostError(sentence)


def _body_of(file: Path, stack: str) -> str | None:
    """Return the comment; None where there is none, or what is there is half of one, or that of another stack."""
    try:
        text = file.read_text("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    first, *rest = text.splitlines() or [""]
    whose = _MARKER.fullmatch(first)
    return bounded(text) if rest and whose and whose[1] == stack.rpartition("/")[2] else None


def bounded(text: str) -> str:
    """Return a comment that GitHub takes: of a longer one the first lines, which are what matters most."""
    if len(text) <= LONGEST:
        return text
    kept = text[: LONGEST - len(_CUT)]
    return kept[: kept.rindex("\n")].rstrip() + _CUT


def nothing_known(environment: Mapping[str, str], stack: str) -> str:
    """Return the comment on a preview that left none."""
    found = re.search(r"^name: *[\"']?([\w.-]+)", _PROJECT.read_text("utf-8"), re.MULTILINE)
    server, run = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_RUN_ID", "")
    page = f"{server}/{environment.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"
    return (
        f"<!-- alb-mtls {found[1] if found else ''}/{stack.rpartition('/')[2]} -->\n"
        f"**Not known whether anybody is rejected by an `up` of {stack}**: the preview ended before it could look at "
        f"anything.\n\n{f'[Its log]({page}) says why.' if server and run else 'Its log says why.'}\n"
    )


def post(environment: Mapping[str, str], file: Path, stack: str) -> str:
    """Put the comment there, and try again where GitHub is busy; return what was done.

    Each try looks for the comment anew: one that GitHub has written without answering is not written twice.

    Raises:
        PostError: it could not be done.
    """
    github = GitHub.of(environment)
    body = _body_of(file, stack) or nothing_known(environment, stack)
    for tried in range(1, _TRIES + 1):
        try:
            return github.put(body)
        except TransientError as error:
            wait = error.seconds if error.seconds is not None else 2**tried
            if tried == _TRIES or wait > _LONGEST_WAIT_SECONDS:
                message = f"{error}; tried {tried} times. Run the job again later."
                raise PostError(message) from None
            time.sleep(wait)
    raise AssertionError


def main() -> int:
    """Run the command; the exit code: 0 it is there, 1 it is not and standard error says why, 2 wrong words."""
    if len(sys.argv) != 3 or not _STACK.fullmatch(sys.argv[2]):  # noqa: PLR2004 - itself, the file and the stack
        print("usage: ci/post_comment.py FILE STACK", file=sys.stderr)
        return 2
    file, stack = Path(sys.argv[1]), sys.argv[2]
    try:
        done = post(os.environ, file, stack)
    except (PostError, OSError) as error:
        print(f"The comment was not written: {error}", file=sys.stderr)
        return 1
    print(f"The comment on {stack} was {done}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
