"""A survey that is interrupted puts everything back; what a person did meanwhile it leaves."""

import signal
from pathlib import Path

import pytest

from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.killing import Point
from tests.helpers.lab import LabHandle
from tests.helpers.surveying import (
    ALBCONFIG,
    GIVEN,
    begin,
    certificates,
    give_repository,
    hold,
    let_go,
    on_alb,
    put_back,
    repositories,
    spec_and_annotations,
    survey,
)

KEY = ListenerKey(alb_config=ALBCONFIG, port=8443, protocol="HTTPS")
QUESTIONS = ("serial_number", "identifier_form")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_survey_puts_everything_back(lab: LabHandle, tmp_path: Path, number: signal.Signals) -> None:
    give_repository(lab)
    before, alb_before, file = spec_and_annotations(lab), on_alb(lab), tmp_path / "survey.json"
    point = Point(service="kubernetes", api="patch albconfigs", number=2)

    process = hold(lab, point, lambda: begin(lab, file, *QUESTIONS))
    process.send_signal(number)
    let_go(lab)

    assert process.wait(60) == 2
    printed = file.with_suffix(".log").read_text()
    assert "interrupted; the listener and CAS are as they were before" in printed
    assert '"serial_number"' in file.read_text()
    assert (spec_and_annotations(lab), on_alb(lab)) == (before, alb_before)
    assert (certificates(lab), list(repositories(lab))) == ([], [GIVEN])


def test_what_a_person_sets_meanwhile_stands_until_they_take_it_back(lab: LabHandle, tmp_path: Path) -> None:
    give_repository(lab)
    before, file = spec_and_annotations(lab), tmp_path / "survey.json"
    point = Point(service="kubernetes", api="patch albconfigs", number=2, stage="before")
    index = find_listener(lab.albconfig(ALBCONFIG), KEY).index
    path = f"/spec/listeners/{index}"
    edit = [{"op": "add", "path": f"{path}/caCertificates", "value": [{"CertificateId": "of-a-person"}]}]

    process = hold(lab, point, lambda: begin(lab, file, *QUESTIONS))
    lab.patch_albconfig(ALBCONFIG, edit, api=lab.admin)
    let_go(lab)

    assert process.wait(60) == 2
    printed = file.with_suffix(".log").read_text()
    assert "of-a-person" in printed
    assert "--put-back" in printed
    assert find_listener(lab.albconfig(ALBCONFIG), KEY).element["caCertificates"] == [{"CertificateId": "of-a-person"}]
    assert put_back(lab).returncode == 2

    lab.patch_albconfig(ALBCONFIG, [{"op": "remove", "path": f"{path}/caCertificates"}], api=lab.admin)
    done = put_back(lab)
    assert done.returncode == 0, done.stderr
    assert spec_and_annotations(lab) == before
    assert certificates(lab) == []


def test_a_listener_that_a_killed_survey_holds_takes_no_second_one_until_it_is_put_back(
    lab: LabHandle, tmp_path: Path
) -> None:
    give_repository(lab)
    before = spec_and_annotations(lab)
    point = Point(service="kubernetes", api="patch albconfigs", number=2, stage="before")
    process = hold(lab, point, lambda: begin(lab, tmp_path / "first.json", *QUESTIONS))
    process.kill()
    process.wait()
    let_go(lab)
    second = survey(lab, tmp_path / "second.json", *QUESTIONS)

    assert (second.code, second.document) == (2, {})
    assert "a survey holds listener 8443/HTTPS" in second.err
    done = put_back(lab)
    assert done.returncode == 0, done.stderr
    assert (spec_and_annotations(lab), certificates(lab)) == (before, [])
    again = put_back(lab)
    assert again.returncode == 0, again.stderr
