"""Records of the state are the properties in Pulumi's own spelling, and come back as they were."""

from dataclasses import dataclass, field, replace

import pytest

from alb_mtls.properties import Packed, camel_case, from_props, property_names, to_props


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


@dataclass(frozen=True, kw_only=True)
class Divided:
    """A record whose ports beyond 1000 are packed."""

    ports: tuple[Inner, ...] = field(metadata=Packed("highPorts", lambda one: one.port > 1000).metadata())
    by_name: dict[str, str] = field(
        default_factory=dict, metadata=Packed("packedNames", lambda name: name.startswith("p")).metadata()
    )


def test_packed_items_stand_in_one_text_of_their_own_and_come_back_after_the_others() -> None:
    record = Divided(ports=(Inner(port=2000), Inner(port=1), Inner(port=3000)), by_name={"p": "packed", "a": "plain"})
    props = to_props(record)
    assert (props["ports"], props["byName"]) == ([{"port": 1, "seconds": 1.5}], {"a": "plain"})
    assert isinstance(props["highPorts"], str)
    assert isinstance(props["packedNames"], str)
    assert from_props(Divided, props) == replace(record, ports=(Inner(port=1), Inner(port=2000), Inner(port=3000)))


def test_without_packed_items_there_is_no_further_property() -> None:
    record = Divided(ports=(Inner(port=1),))
    assert to_props(record) == {"ports": [{"port": 1, "seconds": 1.5}], "byName": {}}
    assert from_props(Divided, to_props(record)) == record


def test_the_same_items_are_packed_into_the_same_text() -> None:
    many = tuple(Inner(port=1001 + number) for number in range(50))
    assert to_props(Divided(ports=many)) == to_props(Divided(ports=(Inner(port=7), *many))) | {"ports": []}
    assert to_props(Divided(ports=many))["highPorts"] != to_props(Divided(ports=many[1:]))["highPorts"]


def test_what_is_changed_in_one_record_is_not_in_another_of_the_same_text() -> None:
    props = to_props(Divided(ports=(), by_name={"p": "packed"}))
    first = from_props(Divided, props)
    first.by_name["q"] = "changed"
    assert from_props(Divided, props).by_name == {"p": "packed"}


def test_what_is_not_known_yet_is_left_as_it_is_beside_packed_items() -> None:
    unknown = object()
    props = {**to_props(Divided(ports=(Inner(port=2000),))), "ports": unknown}
    assert from_props(Divided, props).ports is unknown


def test_the_names_of_all_properties_include_the_packed_ones() -> None:
    assert property_names(Divided) == ["ports", "highPorts", "byName", "packedNames"]
    assert property_names(Inner) == ["port", "seconds"]
