"""A command that leaves no document names what stopped it, in the test that reads it too."""

import pytest

from tests.helpers.ops_command import Printed


@pytest.mark.parametrize("out", ["", "{", "all is well"])
def test_what_stopped_a_command_is_shown_where_there_is_no_document(out: str) -> None:
    printed = Printed(code=3, out=out, err="a defect of this command stopped it: ImportError")
    with pytest.raises(AssertionError, match=rf"^exit code 3, .*{out!r}.*ImportError$"):
        _ = printed.document


def test_a_document_is_read() -> None:
    assert Printed(code=0, out='{"findings": []}', err="a warning").document == {"findings": []}
