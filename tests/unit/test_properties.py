"""Records of the state are the properties in Pulumi's own spelling, and come back as they were."""

from dataclasses import dataclass

import pytest

from alb_mtls.properties import camel_case, from_props, to_props


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A nested record."""

    port: int
    seconds: float = 1.5


@dataclass(frozen=True, kw_only=True)
class Outer:
    """A record of every kind of field."""

    alb_config: str
    inner: Inner
    many: tuple[Inner, ...] = ()
    by_name: dict[str, str] | None = None
    not_given: str | None


PROPS = {
    "albConfig": "alb",
    "inner": {"port": 443.0, "seconds": 2.0},
    "many": [{"port": 1.0, "seconds": 1.5}],
    "byName": {"a": "b"},
    "__provider": "of Pulumi",
}
RECORD = Outer(
    alb_config="alb",
    inner=Inner(port=443, seconds=2.0),
    many=(Inner(port=1),),
    by_name={"a": "b"},
    not_given=None,
)


def test_properties_become_a_record_with_whole_numbers_whole() -> None:
    record = from_props(Outer, PROPS)
    assert record == RECORD
    assert isinstance(record.inner.port, int)
    assert isinstance(record.inner.seconds, float)


def test_a_record_becomes_properties_without_what_is_none() -> None:
    assert to_props(RECORD) == {key: value for key, value in PROPS.items() if key != "__provider"}


def test_what_is_not_known_yet_is_left_as_it_is() -> None:
    unknown = object()
    assert from_props(Outer, {**PROPS, "inner": unknown}).inner is unknown


def test_a_property_that_must_be_there_is_named_when_it_is_missing() -> None:
    with pytest.raises(KeyError, match="albConfig"):
        from_props(Outer, {key: value for key, value in PROPS.items() if key != "albConfig"})


def test_names_of_the_state_are_in_camel_case() -> None:
    assert [camel_case(name) for name in ("port", "alb_config", "ca_private_key_pem")] == [
        "port",
        "albConfig",
        "caPrivateKeyPem",
    ]
