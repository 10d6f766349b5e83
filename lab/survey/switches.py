"""From the answers of a survey to the switches of a lab, and to what no switch can do. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lab.survey.reading import SurveyReport

Row = dict[str, Any]

# Above the machines that a lab has by default, so that many fresh connections meet some of both kinds.
_MACHINES = 8
_LAGGING = 0.5
_PATIENCE_FACTOR = 3
# In the JSON of an AlbConfig.
_TEXT_FOR_BOOLEAN = r'"caEnabled": ?"'
# Until the lab's controller has written to the ALB what an AlbConfig says.
_CONTROLLER_SECONDS = 0.3
# Alerts of the lab's first server, as a survey of a lab has found them: by client and version of TLS.
_ALERTS = {
    ("none", "1.2"): 40,
    ("none", "1.3"): 116,
    ("other_ca", "1.2"): 48,
    ("other_ca", "1.3"): 48,
    ("expired", "1.2"): 45,
    ("expired", "1.3"): 45,
    ("wrong_eku", "1.2"): 42,
    ("wrong_eku", "1.3"): 42,
}


@dataclass(kw_only=True)
class Switches:
    """What a lab is set to.

    Attributes:
        behaviour: for `PATCH /behaviour`, by part of the lab.
        timings: for `PATCH /timings`.
        cannot: what the account does and the lab does not, one sentence each.
    """

    behaviour: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"cloud": {}, "controller": {}, "data_plane": {}}
    )
    timings: dict[str, float] = field(default_factory=dict)
    cannot: list[str] = field(default_factory=list)

    def second_server(self) -> None:
        """Let the second TLS server answer for every listener."""
        self.behaviour["data_plane"]["second_server"] = ["*"]


def switches_of(report: SurveyReport) -> Switches:
    """Return what a lab has to be set to; what was not answered stays as it is by default."""
    switches = Switches()
    answers = report.answers
    _of_cas(answers, switches)
    _of_alb(answers, switches)
    _of_times(answers, switches)
    _of_tls(answers, switches)
    return switches


def _of_cas(answers: dict[str, Any], switches: Switches) -> None:
    cloud, timings = switches.behaviour["cloud"], switches.timings
    if "quota" in answers:
        cloud["certificate_quota"] = answers["quota"]["total"]
    if "repository_listed" in answers:
        timings["repository_listed_after_seconds"] = answers["repository_listed"]["seconds"]
    if "certificate_shown" in answers:
        timings["certificate_shown_after_seconds"] = answers["certificate_shown"]["seconds"]
    if "serial_number" in answers:
        if answers["serial_number"]["written"] == "other":
            switches.cannot.append("SerialNo is written in another form than the lab knows; its own stays")
        else:
            cloud["serial_number"] = answers["serial_number"]["written"]
    if "same_certificate_again" in answers:
        cloud["duplicate_upload"] = answers["same_certificate_again"]["outcome"]
    if "same_name_again" in answers:
        taken = answers["same_name_again"]["outcome"] == "taken"
        cloud["names_unique"] = "none" if taken else "certificates"
    for question, switch in (
        ("leaf_upload", "leaf_upload_rejected"),
        ("filled_repository", "filled_repository_deletion_rejected"),
        ("bound_ca_deletion", "bound_ca_deletion_rejected"),
    ):
        if question in answers:
            cloud[switch] = answers[question]["outcome"] == "rejected"


def _of_alb(answers: dict[str, Any], switches: Switches) -> None:
    if "dns_zone" in answers:
        if answers["dns_zone"]["zone"] == "other":
            switches.cannot.append("the DNS names of load balancers end in a zone that the lab does not have")
        else:
            switches.behaviour["cloud"]["zone"] = answers["dns_zone"]["zone"]
    if "webhook" in answers:
        _of_webhook(answers["webhook"], switches)
    if "identifier_form" in answers:
        switches.behaviour["cloud"]["ca_named"] = answers["identifier_form"]["form"] != "not-named"
        if answers["identifier_form"]["form"] == "other":
            switches.cannot.append("the ALB writes the identifier of a CA in another form; the lab only appends to it")
        else:
            switches.behaviour["cloud"]["ca_identifier_suffix"] = answers["identifier_form"]["suffix"]
    if "switched_off" in answers:
        off = answers["switched_off"]
        switches.behaviour["cloud"]["lets_go_of_ca"] = not off["shows_ca"]
        # Where CAS deletes what is bound, that it deletes this too says nothing.
        keeps = answers.get("bound_ca_deletion", {}).get("outcome") == "rejected"
        if keeps and off["shows_ca"] != off["holds_ca"]:
            switches.cannot.append("what the ALB shows of the CA of a listener that is off, and what CAS keeps, differ")
    if "absent_field" in answers:
        switches.behaviour["controller"]["absent_is_unchanged"] = answers["absent_field"]["outcome"] == "unchanged"
    if "hash_label" in answers:
        switches.behaviour["controller"]["hash_label"] = answers["hash_label"]["written"]


def _of_webhook(answer: dict[str, str], switches: Switches) -> None:
    controller = switches.behaviour["controller"]
    if answer["dry_run"] == "no-dry-run":
        controller["webhook"] = "refuses-dry-run"
    elif answer["dry_run"] != "passes":
        switches.cannot.append(f"a dry run of a good patch is {answer['dry_run']}, and the patch itself passes")
    elif answer["wrong_type"] == "denied":
        controller |= {"webhook": "denies", "webhook_denies": _TEXT_FOR_BOOLEAN}
    else:
        controller["webhook"] = "accepts"


def _of_times(answers: dict[str, Any], switches: Switches) -> None:
    if "switch_times" not in answers:
        return
    times = answers["switch_times"]
    configuring = round(max(0.0, times["alb_seconds"] - _CONTROLLER_SECONDS), 2)
    switches.timings["configuring_seconds"] = configuring
    # The controller of the lab reports a listener that is in Configuring for longer.
    switches.behaviour["controller"]["patience_seconds"] = max(10.0, _PATIENCE_FACTOR * configuring)
    if times["wrong_after_running"]:
        switches.second_server()
        switches.behaviour["data_plane"] |= {
            "machines": _MACHINES,
            "lagging_share": _LAGGING,
            "lag_seconds": times["clean_seconds"],
        }
    elif times["first_seconds"] > times["alb_seconds"]:
        switches.cannot.append("handshakes follow a change after the ALB API does; the lab's follow at once")


def _of_tls(answers: dict[str, Any], switches: Switches) -> None:
    data_plane = switches.behaviour["data_plane"]
    rows: list[Row] = answers.get("refusals", [])
    refusal = _refusal(rows, switches)
    if refusal is not None:
        data_plane["refusal"] = refusal
    if "verify_depth" in answers:
        _of_depth(answers["verify_depth"], switches, pages=refusal == "page")
    if "sessions" in answers:
        _of_sessions(set(answers["sessions"].values()), switches)
    if "second_server" in data_plane:
        if any(row["http"] == "2" and row["how"] == "accepted" for row in rows):
            switches.cannot.append("HTTP/2: the second server of the lab, which does the rest, speaks HTTP/1.1 alone")
    elif refusal == "alert":
        switches.cannot += _other_alerts(rows)


def _of_depth(depth: dict[str, str], switches: Switches, *, pages: bool) -> None:
    if depth["second_alone"] == "accepted":
        switches.cannot.append("a client of another CA is accepted; the lab rejects it")
    if depth["second_with_cross"] == "accepted" and pages:
        # The first server hands no chain on where it answers with pages.
        switches.second_server()
    if depth["second_with_cross"] == "rejected":
        switches.behaviour["data_plane"]["verify_depth"] = 0
        if not pages:
            # The first server verifies chains of any length.
            switches.second_server()


def _of_sessions(found: set[str], switches: Switches) -> None:
    resumed = next(one for one in ("unsafe", "safe", "none") if one in found)
    switches.behaviour["data_plane"]["session_resumption"] = resumed
    if resumed != "none":
        switches.second_server()
    if len(found) > 1:
        switches.cannot.append("TLS 1.2 and 1.3 resume sessions differently; the lab resumes those of both alike")


def _refusal(rows: Iterable[Row], switches: Switches) -> str | None:
    """Return how the lab's listeners are to reject requests; None leaves that as it is."""
    switches.cannot += [
        f"a client of the CA itself is rejected with TLS {row['tls']} and HTTP/{row['http']}; the lab accepts it"
        for row in rows
        if row["client"] == "valid" and row["how"] in {"alert", "page", "reset", "eof"}
    ]
    rejections = [row for row in rows if row["client"] != "valid" and row["how"] not in {"unsupported", "unanswered"}]
    switches.cannot += [
        f"a client that is {row['client']} is accepted with TLS {row['tls']} and HTTP/{row['http']}; the lab rejects it"
        for row in rejections
        if row["how"] == "accepted"
    ]
    ways = {row["how"] for row in rejections} - {"accepted"}
    if not ways:
        return None
    if ways <= {"page", "answer"}:
        return "page"
    if ways != {"alert"}:
        switches.cannot.append(f"clients are rejected in other ways ({', '.join(sorted(ways))}); the lab sends alerts")
    return "alert"


def _other_alerts(rows: Iterable[Row]) -> list[str]:
    return [
        f"alert {row['alert']} for client {row['client']} with TLS {row['tls']} and HTTP/{row['http']}; the lab sends "
        f"{_ALERTS[row['client'], row['tls']]}"
        for row in rows
        if row["how"] == "alert" and _ALERTS.get((row["client"], row["tls"])) != row["alert"]
    ]
