"""`ci/post_comment.py`: one comment for each stack, edited, and nobody else's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci.post_comment import LONGEST, PostError, post
from tests.helpers.documents import REPOSITORY
from tests.helpers.github import BOT, Failure, GitHub, github

_MARKER = "<!-- alb-mtls alb-mtls/staging -->"
_BODY = f"{_MARKER}\n**Nobody is rejected.**\n"
_TOKEN = "ghs_an-invented-token"


@pytest.fixture
def api() -> Iterator[GitHub]:
    with github() as server:
        yield server


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it has waited each time, instead of waiting."""
    seconds: list[float] = []
    monkeypatch.setattr("ci.post_comment.time.sleep", seconds.append)
    return seconds


def _environment(api: GitHub, **changes: str) -> dict[str, str]:
    return {
        "GITHUB_API_URL": api.url,
        "GITHUB_REPOSITORY": "example/gateway",
        "HEAD_REPOSITORY": "example/gateway",
        "PULL_REQUEST": "7",
        "GITHUB_TOKEN": _TOKEN,
        **changes,
    }


@pytest.fixture
def comment(tmp_path: Path) -> Path:
    file = tmp_path / "comment.md"
    file.write_text(_BODY, "utf-8")
    return file


def test_a_first_comment_is_written_and_then_edited(api: GitHub, comment: Path) -> None:
    assert post(_environment(api), comment, "staging") == "written"
    comment.write_text(f"{_MARKER}\n**alice is rejected.**\n", "utf-8")
    assert post(_environment(api), comment, "staging") == "edited"
    assert api.bodies() == [f"{_MARKER}\n**alice is rejected.**\n"]


def test_one_that_says_the_same_is_left_as_it_was(api: GitHub, comment: Path) -> None:
    post(_environment(api), comment, "staging")
    assert post(_environment(api), comment, "staging") == "left as it was"
    assert [method for method, _ in api.calls].count("PATCH") == 0


def test_ours_is_found_behind_all_pages_of_others(api: GitHub, comment: Path) -> None:
    for number in range(250):
        api.add(f"comment {number}", "somebody")
    api.add(f"{_MARKER}\nof an earlier run")
    assert post(_environment(api), comment, "staging") == "edited"
    assert api.bodies() == [_BODY]


def test_a_comment_of_somebody_else_with_our_marker_is_not_edited(api: GitHub, comment: Path) -> None:
    theirs = f"{_MARKER}\n**Nobody is rejected, trust me.**"
    api.add(theirs, "mallory")
    assert post(_environment(api), comment, "staging") == "written"
    assert (api.bodies("mallory"), api.bodies()) == ([theirs], [_BODY])


def test_our_comment_on_another_stack_is_not_edited(api: GitHub, comment: Path) -> None:
    other = f"{_MARKER.replace('staging', 'production')}\nof production, which quotes\n{_MARKER}"
    api.add(other)
    assert post(_environment(api), comment, "staging") == "written"
    assert api.bodies() == [other, _BODY]


def test_a_second_comment_of_ours_is_removed_since_it_would_go_stale(api: GitHub, comment: Path) -> None:
    for _ in range(2):
        api.add(f"{_MARKER}\nof two runs at once")
    assert post(_environment(api), comment, "staging") == "edited"
    assert api.bodies() == [_BODY]


def test_with_a_token_of_a_person_it_is_the_comments_of_that_person(api: GitHub, comment: Path) -> None:
    api.add(f"{_MARKER}\nof a workflow")
    api.add(f"{_MARKER}\nof a person", "robot-of-example")
    post(_environment(api, COMMENT_LOGIN="robot-of-example"), comment, "staging")
    assert (api.bodies("robot-of-example"), api.bodies()) == ([_BODY], [f"{_MARKER}\nof a workflow"])


@pytest.mark.parametrize("head", ["mallory/gateway", ""])
def test_for_a_fork_the_reason_is_given_and_no_request_is_made(api: GitHub, comment: Path, head: str) -> None:
    with pytest.raises(PostError, match="not from example/gateway: no comment is written for a fork"):
        post(_environment(api, HEAD_REPOSITORY=head), comment, "staging")
    assert api.calls == []


def test_a_long_comment_keeps_its_beginning_below_the_bound_of_github(api: GitHub, comment: Path) -> None:
    comment.write_text(_BODY + "a line of a long table\n" * 4000, "utf-8")
    post(_environment(api), comment, "staging")
    (body,) = api.bodies()
    assert body.startswith(_BODY)
    assert len(body) <= LONGEST == 64_000
    assert body.endswith("a line of a long table\n\nThis is not all of it: the page of the run has the rest.\n")


@pytest.mark.parametrize(
    "failure",
    [
        Failure(method="GET", status=502),
        Failure(method="POST", status=500),
        Failure(method="POST", status=0),
        Failure(method="POST", status=429),
        Failure(method="POST", status=403, message="You have exceeded a secondary rate limit"),
        Failure(method="GET", status=403, headers={"X-RateLimit-Remaining": "0"}),
    ],
    ids=lambda failure: f"{failure.method} {failure.status}",
)
def test_where_github_is_busy_it_is_tried_again(
    api: GitHub, comment: Path, waited: list[float], failure: Failure
) -> None:
    api.failures = [failure]
    assert post(_environment(api), comment, "staging") == "written"
    assert (api.bodies(), waited) == ([_BODY], [2])


def test_it_waits_as_long_as_github_demands(api: GitHub, comment: Path, waited: list[float]) -> None:
    api.failures = [Failure(method="POST", status=403, headers={"Retry-After": "45"})]
    assert post(_environment(api), comment, "staging") == "written"
    assert waited == [45]


def test_it_does_not_wait_for_an_hour(api: GitHub, comment: Path, waited: list[float]) -> None:
    api.failures = [Failure(method="POST", status=403, headers={"Retry-After": "3600"})]
    with pytest.raises(PostError, match="tried 1 times"):
        post(_environment(api), comment, "staging")
    assert (api.bodies(), waited) == ([], [])


@pytest.mark.parametrize("status", [0, 500])
def test_a_comment_that_was_written_without_an_answer_is_not_written_twice(
    api: GitHub, comment: Path, waited: list[float], status: int
) -> None:
    api.failures = [Failure(method="POST", status=status, done=True)]
    assert post(_environment(api), comment, "staging") == "left as it was"
    assert (api.bodies(), waited) == ([_BODY], [2])


def test_it_gives_up_after_five_tries(api: GitHub, comment: Path, waited: list[float]) -> None:
    api.failures = [Failure(method="GET", status=503) for _ in range(9)]
    with pytest.raises(PostError, match="GitHub answered GET with 503 out of order; tried 5 times"):
        post(_environment(api), comment, "staging")
    assert waited == [2, 4, 8, 16]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_where_the_token_may_not_comment_the_permission_is_named_at_once(
    api: GitHub, comment: Path, waited: list[float], status: int
) -> None:
    api.failures = [Failure(method="POST", status=status, message="Resource not accessible by integration")]
    with pytest.raises(PostError, match="not accessible by integration; the job needs `pull-requests: write`"):
        post(_environment(api), comment, "staging")
    assert waited == []


def test_the_token_does_not_follow_a_redirect(api: GitHub, comment: Path) -> None:
    with github() as elsewhere:
        api.failures = [Failure(method="GET", status=302, headers={"Location": f"{elsewhere.url}/"})]
        with pytest.raises(PostError, match="GitHub answered GET with 302"):
            post(_environment(api), comment, "staging")
        assert elsewhere.calls == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GITHUB_API_URL", "http://api.github.com", "GITHUB_API_URL must be an https URL"),
        ("GITHUB_API_URL", "", "GITHUB_API_URL must be an https URL"),
        ("PULL_REQUEST", "7/../8", "PULL_REQUEST must be the number of the pull request"),
        ("GITHUB_TOKEN", "", "GITHUB_TOKEN must hold a token"),
    ],
)
def test_a_setting_that_cannot_be_is_named(api: GitHub, comment: Path, name: str, value: str, sentence: str) -> None:
    with pytest.raises(PostError, match=sentence):
        post(_environment(api, **{name: value}), comment, "staging")
    assert api.calls == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"**Nobody is rejected.**\n",
        _MARKER.encode()[:-3],
        _MARKER.encode(),
        f"{_MARKER}\n\u2026".encode()[:-1],
        _BODY.replace("/staging", "/production").encode(),
        _BODY.replace("/staging", "/not-staging").encode(),
    ],
)
def test_half_a_comment_or_that_of_another_stack_is_not_posted_and_the_old_one_does_not_stay(
    api: GitHub, comment: Path, content: bytes
) -> None:
    other = f"{_MARKER.replace('staging', 'production')}\nof production"
    api.add(other)
    api.add(_BODY)
    comment.write_bytes(content)
    assert post(_environment(api), comment, "staging") == "edited"
    first, second = api.bodies()
    assert first == other
    assert second.startswith(f"{_MARKER}\n**Not known whether anybody is rejected")


@pytest.mark.parametrize("stack", ["staging", "acme/alb-mtls/staging"])
@pytest.mark.parametrize("name", ["alb-mtls", '"alb-mtls"', "'alb-mtls'"])
def test_however_the_project_writes_its_name_the_old_comment_is_found(
    api: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stack: str
) -> None:
    project = tmp_path / "Pulumi.yaml"
    project.write_text(f"name: {name}\n", "utf-8")
    monkeypatch.setattr("ci.post_comment._PROJECT", project)
    api.add(_BODY)
    assert post(_environment(api), tmp_path / "missing.md", stack) == "edited"


def test_an_edit_of_a_comment_that_was_not_there_is_tried_again(
    api: GitHub, comment: Path, waited: list[float]
) -> None:
    api.add(f"{_MARKER}\nof an earlier run")
    api.failures = [Failure(method="PATCH", status=404, message="Not Found")]
    assert post(_environment(api), comment, "staging") == "edited"
    assert (api.bodies(), waited) == ([_BODY], [0])


def test_where_the_preview_left_no_comment_that_of_an_earlier_one_is_replaced(api: GitHub, tmp_path: Path) -> None:
    api.add(f"{_MARKER}\n**Nobody is rejected.**")
    run = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "12"}
    assert post(_environment(api, **run), tmp_path / "missing.md", "staging") == "edited"
    (body,) = api.bodies()
    assert body.splitlines()[0] == _MARKER
    assert body.splitlines()[1].startswith("**Not known whether anybody is rejected by an `up` of staging**: ")
    assert "[Its log](https://github.com/example/gateway/actions/runs/12)" in body


@pytest.mark.parametrize("fails", [False, True])
def test_as_a_command_it_prints_what_it_did_and_never_the_token(api: GitHub, comment: Path, fails: bool) -> None:
    if fails:
        api.failures = [Failure(method="GET", status=401, message="Bad credentials")]
    done = subprocess.run(
        # Without site packages: the step that comments has none.
        [sys.executable, "-S", REPOSITORY / "ci" / "post_comment.py", comment, "staging"],
        env=_environment(api),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, bool(done.stdout), bool(done.stderr)) == ((1, False, True) if fails else (0, True, False))
    assert _TOKEN not in done.stdout + done.stderr
    assert set(api.tokens) == {f"Bearer {_TOKEN}"}
    assert api.bodies(BOT) == ([] if fails else [_BODY])
