"""The comment of a run, by its report: who is locked out comes first, and a job is red as the rule says.

The comments are files beside this one, in `comments/`: read them as a reviewer would.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from alb_mtls import redaction
from alb_mtls.redaction import cleaned
from ops.comment.facts import RunCommand, facts_of
from ops.comment.verdict import Colour, verdict_of
from ops.errors import OpsError
from tests.helpers.run_reports import (
    BYPASSES,
    FINDING,
    FRAGMENT,
    LEAVES,
    MISTAKES,
    ON,
    OWNER,
    PROOF,
    STAYING,
    SWAP,
    UNKNOWN,
    Object,
    certificate,
    colour,
    commented,
    facts,
    first_line,
    listener,
    report,
)

# Another team's CA, which the next one takes the place of.
REPLACED: Object = {
    "before": ON,
    "rejectsClientsWithoutCertificate": False,
    "noLongerTrusted": ["ca-theirs"],
    "rejectsClientsOfAnotherCa": True,
}
COMMENTS = Path(__file__).parent / "comments"
GOLDEN: dict[str, tuple[Object | str | None, int]] = {
    "turn-on": (
        report(
            listener(),
            findings=[FINDING],
            accepted=[{**FINDING, "code": "SERVICE_EXPOSED", "until": "2026-12-31", "reason": "moves with OPS-12"}],
            clients=[{"client": "alice", "action": "issue", "why": None}],
            warnings=["the tag of the controller is no version"],
        ),
        0,
    ),
    "turn-on-without-hosts": (report(listener(allowedHosts=None)), 0),
    "turn-off": (
        report(listener(before=ON, after={**ON, "caEnabled": False}, rejectsClientsWithoutCertificate=False)),
        0,
    ),
    "no-change": (report(listener(**STAYING)), 0),
    "hard-swap": (SWAP, 0),
    "leaves": (report(listener(**STAYING), LEAVES), 0),
    "failing-configuration": (MISTAKES, 255),
    "bypass-stops": (report(complete=False, errors=BYPASSES, findings=[FINDING]), 1),
    "first-up": (
        report(listener(after={"caEnabled": False, "caIdentifiers": None}, rejectsClientsWithoutCertificate=False)),
        0,
    ),
    "no-credential": (
        report(
            listener(**UNKNOWN),
            messages=[
                *(f"{what} was not compared with the state: no usable credential" for what in ("repository r", "CA c")),
                "listener 443/HTTPS of AlbConfig alb was not compared with the state: no kubeconfig",
                "devices: 1 new (d1)",
            ],
        ),
        0,
    ),
    "unreachable": (report(listener(**UNKNOWN), notKnown=["listener 443/HTTPS of AlbConfig alb: no route to host"]), 0),
    "without-report": (None, 255),
    "write-none": (
        report(
            listener(write="none", fragment=FRAGMENT, awaiting="Git", owners=[OWNER], otherWriters=["kubectl-edit"]),
            listener(8443, write="none", fragment=None, awaiting="Git"),
        ),
        0,
    ),
    "up": (
        report(listener(proof=PROOF), command="up", givenBack=[{"listener": "alb/8443", "message": "given back"}]),
        0,
    ),
    "up-failed": (
        report(
            listener(proof=PROOF),
            command="up",
            complete=False,
            errors=[{"key": None, "message": "it was rolled back", "resource": "alb-8443-https-switch"}],
        ),
        255,
    ),
}


@pytest.mark.parametrize("handed_over", [True, False])
def test_what_is_handed_over_to_git_is_to_be_committed_before_its_next_sync(*, handed_over: bool) -> None:
    bound = {"caEnabled": True, "caIdentifiers": ["ca-1"]}
    one = listener(
        write="none",
        fragment=FRAGMENT,
        handedOver=handed_over,
        before=bound,
        after=bound,
        rejectsClientsWithoutCertificate=False,
    )
    text = commented(report(one))
    assert ("To commit before the next sync" in text, FRAGMENT in text) == (handed_over, handed_over)
    assert ("handed over to Git" in text) == handed_over


def test_who_is_rejected_already_is_not_counted_among_those_whom_another_ca_locks_out() -> None:
    line = first_line(report(listener(**REPLACED)))
    assert "clients with certificates of CA ca-theirs, on 443/HTTPS of alb" in line
    assert "without a certificate" not in line
    assert "every client without a certificate" in first_line(report(listener()))


@pytest.mark.parametrize(
    ("errors", "says"),
    [
        ([BYPASSES[0], *BYPASSES[1:] * 3], "redirect it (`HTTP_FORWARDS`); and 2 more, below; an up stops there too, "),
        (
            [{**BYPASSES[0], "message": "this was found:"}, BYPASSES[1]],
            "this was found: listener 80/HTTP of AlbConfig ",
        ),
        ([BYPASSES[1]], "failed**: listener 80/HTTP of AlbConfig alb: it forwards shop.example; redirect it "),
    ],
)
def test_the_first_visible_line_names_what_stops_a_run_and_not_only_that_something_does(
    errors: list[Object], says: str
) -> None:
    line = first_line(report(complete=False, errors=errors), code=1)
    assert says in line
    assert ("an up stops there too" in line) is (len(errors) > 1 and errors[0] is BYPASSES[0])


@pytest.mark.parametrize("name", GOLDEN)
def test_a_comment_reads_as_the_file_beside_this_test(name: str) -> None:
    found, code = GOLDEN[name]
    assert commented(found, code=code) == (COMMENTS / f"{name}.md").read_text("utf-8")


def test_each_file_beside_this_test_is_a_comment() -> None:
    assert {one.stem for one in COMMENTS.iterdir()} == set(GOLDEN)


@pytest.mark.parametrize(
    ("found", "code", "expected"),
    [
        (report(listener(**STAYING)), 0, Colour.GREEN),
        (report(listener()), 0, Colour.YELLOW),
        (report(listener(allowedHosts=None)), 0, Colour.RED),
        # The list names whom it concerns, also where nobody may read the Ingresses.
        (report(listener(hosts=None)), 0, Colour.YELLOW),
        (report(listener(hosts=None, allowedHosts=None)), 0, Colour.RED),
        # Nobody is there.
        (report(listener(hosts=[], rejectsClientsWithoutCertificate=False)), 0, Colour.GREEN),
        (report(listener(allowedHosts=None), command="up"), 0, Colour.YELLOW),
        (report(listener(**REPLACED)), 0, Colour.YELLOW),
        (report(listener(**REPLACED, allowedHosts=None)), 0, Colour.RED),
        # The rollover has its own rules.
        (report(listener(**{**REPLACED, "rejectsClientsOfAnotherCa": False}, allowedHosts=None)), 0, Colour.YELLOW),
        (SWAP, 0, Colour.YELLOW),
        (report(listener(**STAYING), LEAVES), 0, Colour.GREEN),
        (report({**LEAVES, "noLongerTrusted": ["ca-1"]}), 0, Colour.YELLOW),
        (report({**LEAVES, "rejectsClientsWithoutCertificate": True}), 0, Colour.YELLOW),
        (report(listener(**UNKNOWN)), 0, Colour.RED),
        (report(listener(**STAYING), listener(8443, **UNKNOWN)), 0, Colour.RED),
        (report(listener(**STAYING), command="up", complete=False), 0, Colour.RED),
        (report(listener(**STAYING)), 1, Colour.RED),
        (None, 0, Colour.RED),
        ("{", 0, Colour.RED),
        ('{"version": 1}', 0, Colour.RED),
        (report(listener(), version=9), 0, Colour.RED),
        (report(), 0, Colour.RED),
    ],
)
def test_a_job_is_red_when_nobody_has_decided(found: Object | str | None, code: int, expected: Colour) -> None:
    assert colour(found, code=code) is expected
    assert bool(verdict_of(facts(found, code=code)).reasons) is (expected is Colour.RED)


def test_the_first_visible_line_says_of_many_listeners_how_many_hosts_and_of_what_is_not_known_that() -> None:
    many = [listener(8000 + n, hosts=[{"host": f"h{n}.example", "ingress": f"default/h{n}"}]) for n in range(7)]
    assert first_line(report(*many)) == (
        "**LOCKED OUT, as the stack file says**: every client without a certificate, on 7 hosts (h0.example, "
        "h1.example, h2.example, h3.example, h4.example and 2 more) of 8000/HTTPS of alb, 8001/HTTPS of alb, "
        "8002/HTTPS of alb, 8003/HTTPS of alb, 8004/HTTPS of alb and 2 more."
    )
    partly = first_line(report(listener(**STAYING), listener(8443, **UNKNOWN)))
    assert partly == (
        "**Nobody loses access, as far as is known**: no listener changes; not known of 8443/HTTPS of alb, which "
        "could not be looked at."
    )


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (None, "the run has left no report"),
        ("", "no JSON, or only half of it is there"),
        (json.dumps(report())[:50], "no JSON, or only half of it is there"),
        ("[]", "does not say of which stack it is"),
        (report(listener(), version=9), "of a version of the program that this one does not know"),
        (report(complete=False), "its report is not whole"),
    ],
)
def test_without_a_whole_report_nothing_is_known_and_the_comment_says_why(
    found: Object | str | None, says: str
) -> None:
    line = first_line(found)
    assert line.startswith("**Not known**: ")
    assert says in line
    assert first_line(found, code=255).startswith("**The preview failed**: ")


def test_an_up_that_stopped_in_the_preview_that_it_begins_with_has_the_report_of_that() -> None:
    found = facts_of(json.dumps(report()), command=RunCommand.UP, exit_code=255, project="alb-mtls", stack="prod")
    assert verdict_of(found).lead == "The up failed"


def test_a_report_of_another_stack_or_command_is_refused_and_that_of_the_organization_taken() -> None:
    with pytest.raises(OpsError, match="of stack prod, not of staging"):
        facts(report(), stack="org/alb-mtls/staging")
    assert facts(report(), stack="org/alb-mtls/prod").stack == "prod"
    assert facts(report(), stack=None).stack == "prod"
    with pytest.raises(OpsError, match="of `preview`, not of `up`"):
        facts_of(json.dumps(report()), command=RunCommand.UP, exit_code=0, project="alb-mtls", stack="prod")
    of_up = json.dumps(report(command="up"))
    with pytest.raises(OpsError, match="of `up`, not of `preview`"):
        facts_of(of_up, command=RunCommand.PREVIEW, exit_code=1, project="alb-mtls", stack="prod")
    with pytest.raises(OpsError, match="give --stack"):
        facts(None, stack=None)


def test_keys_that_are_missing_or_of_another_type_stop_no_comment() -> None:
    wrong: list[Any] = [None, 1, "x", [], {}, [None], [[]], [{}], [{"host": 1, "client": {}, "outcome": []}]]
    names = set(report()) - {"version", "command", "project", "stack"}
    for value in wrong:
        assert commented(report(listener(), **dict.fromkeys(names, value))).startswith("<!-- alb-mtls alb-mtls/prod")
        for name in listener():
            assert commented(report(listener(**{name: value})))


def _of_many() -> Object:
    names = [f"host-{n}.very-long-name-of-a-team.example" for n in range(198)]
    return report(
        *(listener(1000 + n, hosts=[{"host": name, "ingress": f"team-{n}/{name}"}]) for n, name in enumerate(names)),
        findings=[{**FINDING, "subject": f"listener {n}", "remedy": f"{n} " * 200} for n in range(300)],
        certificates=[certificate(f"fleet/{n}", "stays valid", "leaves") for n in range(2_000)],
        warnings=[f"{n} " * 300 for n in range(300)],
    )


def test_a_comment_on_198_listeners_has_room_and_says_what_is_missing() -> None:
    made = commented(_of_many())
    assert len(made) <= len(made.encode()) <= 64_000
    assert made.splitlines()[1].startswith("**LOCKED OUT, as the stack file says**: every client without a certificate")
    assert all(f"| {1000 + n}/HTTPS of alb |" in made for n in range(198))
    assert "This is not all of it" in made
    assert made.splitlines()[-1].startswith("Made by `python -m ops comment`")
    assert made.count("<details>") == made.count("</details>")
    assert "This is not all of it" not in commented(report(listener()))


def test_characters_of_four_octets_and_endless_words_have_no_more_room() -> None:
    wide = "\N{GRINNING FACE}" * 3_000
    found = report(listener(albConfig=wide), errors=[{"key": wide, "message": wide}] * 200, warnings=[wide] * 200)
    for code in (0, 1):
        assert len(commented(found, code=code).encode()) <= 64_000


def test_the_same_report_makes_the_same_comment_and_a_later_run_without_a_change_too() -> None:
    assert commented(report(listener())) == commented(report(listener(), at="2027-01-01T00:00:00+00:00"))
    assert commented(report(listener())) != commented(report(listener(**STAYING)))


def test_a_fragment_keeps_its_lines_in_the_report_and_in_json() -> None:
    assert cleaned({"fragment": FRAGMENT, "other": "a\nb"}) == {"fragment": FRAGMENT, "other": "a b"}
    assert cleaned({"fragment": ["a\nb"]}) == {"fragment": ["a b"]}


def test_no_secret_that_this_process_knows_and_no_private_key_is_in_a_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", {"a-very-secret-value"})
    key = "-----BEGIN PRIVATE KEY----- MIIEvQ -----END PRIVATE KEY-----"
    texts = [f"{key} a-very-secret-value", {"message": key, "reason": "a-very-secret-value", "key": key}]
    names = ("errors", "warnings", "notKnown", "findings", "accepted", "clients", "certificates", "messages")
    secret = listener(fragment=f"a: a-very-secret-value\n{key}", awaiting="Git", albConfig="a-very-secret-value")
    found = report(secret, **dict.fromkeys(names, texts))
    made = commented(found)
    assert "a-very-secret-value" not in made
    assert "MIIEvQ" not in made
    assert "[hidden]" in made
    assert "a-plain-value" in commented(report(listener(), warnings=["a-plain-value"]))


def test_where_an_up_stops_nobody_loses_access_and_the_first_line_says_that_it_stops() -> None:
    edited = {"listener": "alb/443", "message": "somebody has edited it"}
    made = commented(report(listener(allowedHosts=None), stops=[edited]))
    assert made.splitlines()[1] == "**Nobody loses access**: an up stops at 443/HTTPS of alb."
    assert "an `up` stops at it: somebody has edited it" in made
    assert colour(report(listener(allowedHosts=None), stops=[edited])) is Colour.YELLOW
    assert colour(report(listener(allowedHosts=None), stops=[{**edited, "listener": "alb/8443"}])) is Colour.RED
    assert first_line(report(listener(**STAYING, stopsUp=True))).endswith("an up stops at 443/HTTPS of alb.")


_OPENED = "8443/HTTPS of alb accepts clients without a certificate from then on"


@pytest.mark.parametrize(
    ("other", "lead"),
    [
        (listener(), "**LOCKED OUT, as the stack file says**: every client"),
        (
            listener(stopsUp=True, changes=False, rejectsClientsWithoutCertificate=False),
            "**Nobody loses access**: an up",
        ),
        (listener(**STAYING), f"**Nobody loses access**: {_OPENED}"),
    ],
)
@pytest.mark.parametrize("opened", [True, False])
def test_the_first_line_names_a_listener_that_is_opened_whatever_becomes_of_the_others(
    other: Object, lead: str, *, opened: bool
) -> None:
    line = first_line(report(other, LEAVES if opened else listener(8443, **STAYING)))
    assert (_OPENED in line) is opened
    assert line.startswith(lead) or not opened
