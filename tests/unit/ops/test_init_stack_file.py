"""The text of a new stack file: whatever its values are, every reader finds them again."""

import string
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.owners import Owner, Tool
from alb_mtls.configuration.accepted import PLACEHOLDER_REASON
from ops.errors import WrongConfiguration
from ops.init.draft import ChosenListener, Client, Draft, RootCa
from ops.init.stack_file import text_of
from ops.init.yaml_text import comment, scalar
from ops.settings import printed_of, settings_of_printed
from ops.status import utc_now
from tests.helpers.examples import examples

DRAFT = Draft(
    project="alb-mtls",
    stack="prod",
    written="2026-11-27",
    profile=None,
    kubeconfig=None,
    context="prod",
    cluster_id=None,
    region="cn-hangzhou",
    region_source="as it was given",
    cas_endpoint="china",
    cas_source="as it was given",
    alb_endpoint=None,
    root_ca=RootCa(
        subject={
            "country": "SG",
            "state": "Singapore",
            "locality": "Singapore",
            "organization": "Example",
            "organizationalUnit": "Platform",
        }
    ),
    clients=(Client(name="alice"),),
    listeners=(
        ChosenListener(key=ListenerKey(alb_config="alb", port=443, protocol="HTTPS"), hosts=("a.example", "*")),
    ),
    proof_host="a.example",
    server_ca=None,
    on_bypass="fail",
)
# All that UTF-8 can hold.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WORDS = st.sampled_from(["yes", "No", "on", "null", "~", "1e3", "0o17", "1:20", "2026-11-27", "=", "<<", "- a", ".inf"])


@settings(max_examples=examples(200), deadline=None)
@given(st.one_of(ANY_TEXT, WORDS))
def test_every_text_is_read_back_as_the_same_text_in_one_line(text: str) -> None:
    written = scalar(text)
    assert len(written.splitlines()) <= 1
    assert yaml.safe_load(f"key: {written}\n") == {"key": text}
    assert yaml.safe_load(f"key: {{a: {written}, b: [{written}, {written}]}}\n") == {
        "key": {"a": text, "b": [text] * 2}
    }


@settings(max_examples=examples(200), deadline=None)
@given(ANY_TEXT)
def test_no_text_ends_its_comment(text: str) -> None:
    assert yaml.safe_load(f"{comment(text)}\nkey: value\n") == {"key": "value"}


PRINTABLE = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40)
NAME = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=40)


@settings(max_examples=examples(200), deadline=None)
@given(
    context=PRINTABLE, organization=PRINTABLE, client=NAME, alb_config=NAME.filter(lambda one: one.strip("-") == one)
)
def test_the_program_reads_the_values_that_were_meant(
    context: str, organization: str, client: str, alb_config: str
) -> None:
    draft = replace(
        DRAFT,
        context=context,
        root_ca=RootCa(subject={**(DRAFT.root_ca.subject or {}), "organization": organization}),
        clients=(Client(name=client),),
        listeners=(ChosenListener(key=ListenerKey(alb_config=alb_config, port=8443, protocol="HTTPS"), hosts=()),),
    )
    found = settings_of_printed(printed_of(text_of(draft)), "prod", utc_now())

    assert found.access["kubernetes:context"] == context
    assert found.root_ca.subject is not None
    assert found.root_ca.subject.organization == organization
    assert [one.name for one in found.clients] == [client]
    assert [one.key.alb_config for one in found.listeners] == [alb_config]


@pytest.mark.parametrize(
    "draft",
    [
        DRAFT,
        replace(DRAFT, clients=()),
        replace(DRAFT, kubeconfig="/home/me/it's mine", profile="default"),
        replace(DRAFT, cluster_id="c123", context=None),
        replace(DRAFT, region="", alb_endpoint="http://127.0.0.1:1"),
        replace(DRAFT, proof_host=None, server_ca="insecure"),
        replace(DRAFT, proof_host=None),
    ],
)
def test_whatever_was_left_out_the_file_has_no_key_that_the_program_refuses(draft: Draft) -> None:
    text = text_of(draft)
    found = settings_of_printed(printed_of(text), "prod", utc_now())

    assert (found.enabled, found.on_bypass) == (False, "fail")
    assert (found.cluster_id, found.alb.endpoint) == (draft.cluster_id, draft.alb_endpoint)
    assert max(map(len, text.splitlines())) <= 120
    # The key itself stands first, so that nobody overlooks it.
    assert next(iter(yaml.safe_load(text)["config"])) == "alb-mtls:enabled"


ARGO = Owner(tool=Tool.ARGO_CD, kind="application", name="shop", evidence="annotation argocd.argoproj.io/tracking-id")


@pytest.mark.parametrize(("owner", "write"), [(ARGO, "none"), (None, "patch")])
def test_where_a_tool_has_the_albconfig_nothing_is_written_to_it_and_the_file_says_why(
    owner: Owner | None, write: str
) -> None:
    text = text_of(replace(DRAFT, listeners=(replace(DRAFT.listeners[0], owner=owner),)))
    found = settings_of_printed(printed_of(text), "prod", utc_now())
    assert [one.write for one in found.listeners] == [write]
    line = "write: none # Argo CD application shop has this AlbConfig: docs/how-to/gitops/argo-cd.md"
    assert (line in text) is (owner is not None)


FINDING = Finding(code="HTTP_FORWARDS", subject='listener 80/HTTP of "alb"', evidence="it forwards", remedy="close it")


def test_bypasses_are_accepted_by_taking_the_marks_of_their_comment_away_and_writing_a_reason() -> None:
    until = f"{utc_now() + timedelta(days=30):%Y-%m-%d}"
    text = text_of(replace(DRAFT, bypasses=(FINDING,), accepted_until=until))
    assert settings_of_printed(printed_of(text), "prod", utc_now()).accepted == ()

    lines = text.splitlines()
    first = lines.index("  # alb-mtls:accept:")
    lines[first : first + 5] = [line.replace("# ", "", 1).replace("#   ", "  ", 1) for line in lines[first : first + 5]]
    with pytest.raises(WrongConfiguration, match=r"accept\[0\].reason: is still the text that init wrote"):
        settings_of_printed(printed_of("\n".join(lines)), "prod", utc_now())
    decided = "\n".join(lines).replace(PLACEHOLDER_REASON, "the old app, until spring")
    [accepted] = settings_of_printed(printed_of(decided), "prod", utc_now()).accepted
    assert (accepted.code, accepted.subject, f"{accepted.until}") == (FINDING.code, FINDING.subject, until)


def test_what_nobody_can_accept_is_no_part_of_that_comment() -> None:
    assert "accept:" not in text_of(replace(DRAFT, bypasses=(replace(FINDING, code="UNEXPECTED_CA"),)))
    assert "accept:" not in text_of(DRAFT)


def test_a_character_that_does_not_show_is_written_by_its_number() -> None:
    assert scalar("a\u202eb\U000e0001") == '"a\\u202eb\\U000e0001"'
    assert scalar("b\u00fccher") == '"b\u00fccher"'
