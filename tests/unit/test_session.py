"""The credential of a session: found once for all its clients, and each time anew as long as there is none."""

from typing import Any

import pytest

from alb_mtls.aliyun import credentials
from alb_mtls.aliyun.errors import NoCredential
from alb_mtls.session import Session


def _session(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[Session, list[Any]]:
    left = list(answers)

    def credential(_get: Any) -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(credentials, "credential", credential)
    return Session(lambda _: None), left


def test_a_credential_is_found_once_for_all_clients_and_for_calls_that_are_made_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, left = _session(monkeypatch, "first", "second")
    session.cas("china")
    session.alb(None, "cn-hangzhou")
    session.tried_once().cas("china")
    assert (session.credential(), left) == ("first", ["second"])


def test_one_that_was_not_found_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = _session(monkeypatch, NoCredential("none", api="GetCredential", target="it"), "later")
    with pytest.raises(NoCredential):
        session.credential()
    assert session.credential() == "later"
