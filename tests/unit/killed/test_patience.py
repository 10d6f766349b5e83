"""The waits that the table of faults makes shorter are those that the program has."""

import pytest

from alb_mtls.listeners import attempt
from tests.faults.patience import answer_soon, give_up_soon


def test_every_wait_that_is_made_shorter_is_there_and_comes_back() -> None:
    usual = [attempt.PATCH_SECONDS]
    with pytest.MonkeyPatch.context() as patch:
        answer_soon(patch)
        give_up_soon(patch)
        assert usual != [attempt.PATCH_SECONDS]
    assert usual == [attempt.PATCH_SECONDS]
