"""The page of a report: it needs nothing beside itself, shows what --json has, and escapes what comes from outside."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from markupsafe import Markup

from alb_mtls import redaction
from alb_mtls.handshake.checks import Proof
from alb_mtls.pki.keys import private_key_pem
from ops.listener_standing import listener_standing
from ops.report.document import document_of
from ops.report.looking import Looked
from ops.report.page import environment_of_templates, page_of
from ops.rollover import Rollover
from ops.verify import Verification, Verified
from tests.helpers import report_stacks
from tests.helpers.current import on_alb
from tests.helpers.report_pages import Page, leaves, read
from tests.helpers.report_stacks import NOW, ROOT

# What the page makes of itself: anchors, numbers of rows left out, and marks of the axis of time.
_OWN = re.compile(
    r"stack-[0-9]+|[0-9]+|start|middle|end|yes|no|unknown|(?:[A-Z][a-z]{2} )?[0-9]{4}|[0-9]{2} [A-Z][a-z]{2}"
)
_SECTIONS = (
    "Listeners",
    "Bypasses and other findings",
    "Accepted findings",
    "Proof",
    "Certificates in time",
    "Who can sign clients",
    "Inventory",
    "Who keeps the AlbConfigs",
    "Permissions",
    "Configuration",
    "Not known",
    "Versions",
    "What this page does not show",
)


def _page(*looked: Looked) -> str:
    return page_of(document_of(looked, NOW), list(looked))


@pytest.fixture(scope="module")
def production() -> Page:
    return read(_page(report_stacks.production(), report_stacks.staging()))


@pytest.mark.parametrize(
    "looked",
    [
        [report_stacks.production(), report_stacks.staging()],
        [report_stacks.unreachable()],
        [report_stacks.hostile(listeners=12, clients=80)],
    ],
    ids=["two stacks", "one that cannot be read", "hostile"],
)
def test_the_page_shows_nothing_that_the_document_has_not(looked: list[Looked]) -> None:
    document, shown = document_of(looked, NOW), list[Any]()

    def recorded(value: Any) -> Any:
        if not isinstance(value, Markup | float):
            shown.append(value)
        return value

    environment = environment_of_templates()
    environment.finalize = recorded
    environment.filters["prose"] = str
    page_of(document, looked, environment=environment)
    known = leaves(document)
    assert shown
    missing = {str(one) for one in shown if str(one) not in known and not _OWN.fullmatch(str(one))}
    assert missing == set()


def test_all_sections_are_there_in_their_order(production: Page) -> None:
    text = production.text
    places = [text.index(section) for section in ("Listeners", "Proof", "Certificates in time", "Inventory")]
    assert places == sorted(places)
    assert [section for section in _SECTIONS if section not in text] == []


def test_the_page_names_nothing_outside_of_itself(production: Page) -> None:
    assert [one.tag for one in production.elements if one.tag in {"script", "link", "img", "iframe", "object"}] == []
    named = {
        value or ""
        for one in production.elements
        for name, value in one.attributes.items()
        if name in {"src", "href", "srcset", "action", "data", "poster"} or name.startswith("on")
    }
    assert {one for one in named if not one.startswith("#")} == set()
    style = "".join(production.texts)
    assert re.findall(r"@import|url\((?!#)|expression\(", style) == []
    assert [one for one in production.elements if "style" in one.attributes] == []


def test_a_policy_forbids_all_but_the_style_before_there_is_anything_else(production: Page) -> None:
    policy = production.elements[3]
    assert policy.attributes["http-equiv"] == "Content-Security-Policy"
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert [one.tag for one in production.elements[:4]] == ["html", "head", "meta", "meta"]


def test_every_anchor_leads_to_a_section_and_every_name_is_given_once(production: Page) -> None:
    names = [one.attributes["id"] for one in production.elements if "id" in one.attributes]
    assert len(names) == len(set(names))
    assert {str(one.attributes["href"])[1:] for one in production.of("a")} <= set(names)
    labels = " ".join(one.attributes.get("aria-labelledby") or "" for one in production.elements)
    assert set(labels.split()) <= set(names)


def test_headings_go_down_by_one_and_tables_name_their_columns_and_rows(production: Page) -> None:
    levels = [int(one.tag[1]) for one in production.elements if re.fullmatch("h[1-6]", one.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    assert production.of("html")[0].attributes["lang"] == "en"
    tables = len(production.of("table"))
    assert len(production.of("caption")) == tables
    assert {one.attributes.get("scope") for one in production.of("th")} == {"col", "row"}


def test_a_picture_has_a_name_a_description_and_the_same_in_numbers(production: Page) -> None:
    pictures = [one for one in production.of("svg") if one.attributes.get("role") == "img"]
    assert len(pictures) == 2
    assert len(production.of("desc")) == 2
    assert production.text.count("The same in numbers.") == 2
    others = [one for one in production.of("svg") if one not in pictures]
    assert {one.attributes.get("aria-hidden") for one in others} == {"true"}


def test_what_comes_from_outside_is_text_and_stays_in_its_order() -> None:
    text = _page(report_stacks.hostile(listeners=3, clients=3))
    assert "<script>" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("run `pulumi up`, then `a<b`", "run <code>pulumi up</code>, then <code>a&lt;b</code>"),
        ("`pulumi up`", "<code>pulumi up</code>"),
        ("<b> ` & no partner", "&lt;b&gt; ` &amp; no partner"),
        ("`a` and `<b>", "<code>a</code> and `&lt;b&gt;"),
    ],
)
def test_a_command_in_a_sentence_is_code_and_all_else_is_escaped(text: str, shown: str) -> None:
    template = environment_of_templates().from_string("{{ text|prose }}")
    assert template.render(text=text) == shown


def test_a_page_of_thousands_is_bounded() -> None:
    text = _page(report_stacks.hostile())
    assert len(text) < 500_000
    assert "1,960 more: --json has each of them." in text
    assert "alb-mtls" in text


def test_no_secret_comes_onto_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set[str]())
    key, password = private_key_pem(ROOT.key), "a-password-of-somebody"
    looked = report_stacks.unreachable()
    looked = replace(looked, name=f"stack {password}", failure=f"pulumi printed {password} and {key}")
    assert password in _page(replace(looked, failure=password))
    redaction.hide([password])
    text = _page(looked)
    assert redaction.HIDDEN in text
    assert password not in text
    assert "PRIVATE KEY" not in text
    assert key.splitlines()[1] not in text


def test_what_is_not_known_stands_first() -> None:
    text = read(_page(report_stacks.unreachable())).text
    assert text.index("Could not be found out") < text.index("Listeners")
    assert "the secrets of stack production cannot be decrypted" in text
    assert "Could not be found out" not in read(_page(report_stacks.staging())).text


def test_a_proof_stands_beside_the_state_that_it_proves_alone(production: Page) -> None:
    assert "proven 3 minutes ago" in production.text
    edited = report_stacks.listener(on_alb=on_alb(enabled=False))
    text = read(_page(report_stacks.looked(edited))).text
    assert "not enforced" in text
    assert "No proof shows what this is now." in text
    assert "300 to each address" not in text
    assert "was of another state." in text


@pytest.mark.parametrize(("prove", "shown"), [(False, True), (True, False)])
def test_what_is_to_be_known_of_the_last_proof_stands_beside_it_and_not_beside_a_new_one(
    *, prove: bool, shown: bool
) -> None:
    one = report_stacks.listener()
    albconfig = one.snapshot.albconfig
    assert albconfig is not None
    fields: dict[str, Any] = {"f:spec": {"f:listeners": {}}}
    entry = {"manager": "kubectl-edit", "operation": "Update", "time": NOW.isoformat(), "fieldsV1": fields}
    albconfig["metadata"]["managedFields"] = [entry]
    looked = report_stacks.looked(one)
    if prove:
        proof = Proof(proven=True, at=NOW, rounds=1, checks=[], connections=300)
        verified = (Verified(listener=one, proof=proof),)
        looked = replace(
            looked, verification=Verification(project="alb-mtls", stack="production", now=NOW, listeners=verified)
        )
    text = read(_page(looked)).text
    assert ("the listeners of the AlbConfig were written since" in text) is shown
    assert ("proven for this report" in text) is prove


def test_a_rollover_says_where_it_stands(production: Page) -> None:
    line = "rollover, step 1 of 3: generation 2 signs all clients"
    rollover = Rollover(signs=2, trusted={"alb/443": 1}, behind=(), line=line)
    looked = report_stacks.staging()
    assert looked.status is not None
    assert line in read(_page(replace(looked, status=replace(looked.status, rollover=rollover)))).text
    assert "rollover, step" not in production.text


@pytest.mark.parametrize(("unknown", "known"), [((), True), (("the cluster cannot be reached",), False)])
def test_nothing_found_is_no_all_clear_where_something_could_not_be_looked_at(
    unknown: tuple[str, ...], *, known: bool
) -> None:
    text = read(_page(report_stacks.looked(report_stacks.listener(), unknown=unknown))).text
    assert ("Nothing was found that weakens these listeners." in text) is known
    assert ("Nothing was found that somebody has accepted." in text) is known
    assert ("Not everything could be looked at, so there may be some" in text) is not known


def test_what_somebody_has_accepted_weakens_a_listener_even_so() -> None:
    production = report_stacks.production()
    assert production.status is not None
    text = read(_page(replace(production, status=replace(production.status, findings=())))).text
    assert "weakens these listeners, but for what somebody has accepted, below." in text
    assert "but for what somebody has accepted" not in read(_page(report_stacks.staging())).text


def test_findings_beside_what_could_not_be_looked_at_may_not_be_all_of_them() -> None:
    production = report_stacks.production()
    assert production.status is not None
    partly = replace(production, status=replace(production.status, unknown=("the ALB API does not answer",)))
    assert "so there may be more than these" in read(_page(partly)).text
    assert "there may be more" not in read(_page(production)).text


def test_the_worst_listener_of_all_stacks_is_the_first_row() -> None:
    fine = report_stacks.looked(report_stacks.listener(host="a.example"), name="alb-mtls/one")
    worse = report_stacks.looked(
        report_stacks.listener(host="b.example", on_alb=on_alb(enabled=False)), name="alb-mtls/two"
    )
    for order in ([fine, worse], [worse, fine]):
        text = read(_page(*order)).text
        assert text.index("b.example") < text.index("a.example")


@pytest.mark.parametrize(
    ("desired", "shown"), [(True, "proven 3 minutes ago"), (False, "shown to be open 3 minutes ago")]
)
def test_what_was_proven_of_an_open_listener_is_that_it_is_open(*, desired: bool, shown: str) -> None:
    [stack] = document_of([report_stacks.looked(report_stacks.listener(desired=desired))], NOW)["stacks"]
    assert [one["proof"] for one in stack["listeners"]] == [shown]


def test_an_open_listener_says_since_when_and_an_enforced_one_does_not() -> None:
    one = report_stacks.listener(on_alb=on_alb(enabled=False))
    standing = replace(listener_standing(one), since=NOW)
    looked = report_stacks.looked(one)
    assert looked.status is not None
    opened = replace(looked, status=replace(looked.status, standings=(standing,)))
    assert "since 2026-11-28 09:30 UTC, or before" in read(_page(opened)).text
    assert "or before" not in read(_page(report_stacks.looked(report_stacks.listener()))).text
