"""JSON as kube-apiserver writes it; the expected bytes were read from a real one (v1.36.3).

That its `test` operation really compares them is shown in tests/lab/cluster/test_patching.py.
"""

import json

import pytest

from alb_mtls.cluster.go_json import encode, holds_null_in_list


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a<b>&c", b'"a\\u003cb\\u003e\\u0026c"'),
        ("\u2028\u2029", b'"\\u2028\\u2029"'),
        ("生产 🙂 \u007f", '"生产 🙂 \u007f"'.encode()),
        ('\u0001\t"\\/', b'"\\u0001\\t\\"\\\\/"'),
        (443.0, b"443"),
        (1e-05, b"0.00001"),
        (1.5e-06, b"0.0000015"),
        (1e-06, b"0.000001"),
        (1e-07, b"1e-7"),
        (-2.5e-10, b"-2.5e-10"),
        (1e16, b"10000000000000000"),
        (1e21, b"1e+21"),
        (0.30000000000000004, b"0.30000000000000004"),
        (10**19, b"10000000000000000000"),
        (True, b"true"),
        (None, b"null"),
        ({"k<": [1, {"x": None}]}, b'{"k\\u003c":[1,{"x":null}]}'),
    ],
)
def test_a_value_is_written_with_the_bytes_that_kube_apiserver_writes(value: object, written: bytes) -> None:
    assert encode(value) == written
    assert json.loads(written) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"x": value})


@pytest.mark.parametrize("value", [[None], {"a": [1, None]}, [[], {"b": [{"c": [None]}]}]])
def test_null_in_a_list_is_found_at_any_depth(value: object) -> None:
    assert holds_null_in_list(value)


@pytest.mark.parametrize("value", [None, [], [{"a": None}], {"a": None, "b": [0, False, ""]}])
def test_null_anywhere_else_is_no_null_in_a_list(value: object) -> None:
    assert not holds_null_in_list(value)
