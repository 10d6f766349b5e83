"""The questions of a survey, in the order in which they are asked: what needs less comes first."""

from collections.abc import Callable
from dataclasses import dataclass

from ops.survey import questions_of_alb as alb
from ops.survey import questions_of_cas as cas
from ops.survey import questions_of_tls as tls
from ops.survey.survey import Answer, Survey

_CA = "the survey's CA, where the repository does not have it yet, deleted at the end"
_LISTENER = f"caEnabled and caCertificates of the listener, which go back at the end; {_CA}"
_NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        name: of its answer in the JSON.
        does: for the person who is asked before it, in a sentence.
        writes: what it writes, and when that goes again.
        ask: answers it.
    """

    name: str
    does: str
    writes: str
    ask: Callable[[Survey], Answer]

    @property
    def switches_listener(self) -> bool:
        """Whether the listener requests client certificates meanwhile."""
        return "the listener" in self.writes


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="quota",
        does="Reads how many certificates the repositories of the account may hold.",
        writes=_NOTHING,
        ask=cas.quota,
    ),
    Question(
        name="repository_listed",
        does="Creates a CAS repository and measures how long it is missing from the listing.",
        writes="a repository, deleted at once",
        ask=cas.repository_listed,
    ),
    Question(
        name="filled_repository",
        does="Tries to delete a CAS repository with a CA in it.",
        writes="a repository of the survey and a CA in it, deleted at once",
        ask=cas.filled_repository,
    ),
    Question(
        name="certificate_shown",
        does="Uploads a CA into the repository that was given and measures how long it is missing from CAS.",
        writes="a CA in the repository, deleted at the end",
        ask=cas.certificate_shown,
    ),
    Question(
        name="serial_number",
        does="Reads how the listing writes the serial number of that CA.",
        writes=_CA,
        ask=cas.serial_number_written,
    ),
    Question(
        name="same_certificate_again",
        does="Uploads the same CA a second time.",
        writes="a copy of the CA, deleted at once",
        ask=cas.same_certificate_again,
    ),
    Question(
        name="same_name_again",
        does="Uploads another CA under the name of the first.",
        writes="another CA, deleted at once",
        ask=cas.same_name_again,
    ),
    Question(
        name="leaf_upload",
        does="Tries to upload the certificate of a client, which is no CA.",
        writes="a client's certificate where CAS takes it, deleted at once",
        ask=cas.leaf_upload,
    ),
    Question(
        name="dns_zone",
        does="Reads where the DNS name of the load balancer ends.",
        writes=_NOTHING,
        ask=alb.dns_zone,
    ),
    Question(
        name="webhook",
        does="Tries two patches of the listener as dry runs, one of them with caEnabled as a text.",
        writes=_NOTHING,
        ask=alb.webhook,
    ),
    Question(
        name="switch_times",
        does="Switches the listener on, and measures when the ALB, the first and all fresh connections follow.",
        writes=_LISTENER,
        ask=alb.switch_times,
    ),
    Question(
        name="identifier_form",
        does="Compares the identifier of the CA that the ALB API shows with that of CAS.",
        writes=_LISTENER,
        ask=alb.identifier_form,
    ),
    Question(
        name="refusals",
        does="Sends requests with no certificate and with wrong ones, over TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2.",
        writes=_LISTENER,
        ask=tls.refusals,
    ),
    Question(
        name="verify_depth",
        does="Shows a client of a second CA, alone and with a cross certificate of the CA on the listener.",
        writes=_LISTENER,
        ask=tls.verify_depth,
    ),
    Question(
        name="bound_ca_deletion",
        does="Tries to delete the survey's own CA from CAS while the listener is bound to it.",
        writes="that CA, uploaded again where CAS deletes it; the listener, which goes back at the end",
        ask=cas.bound_ca_deletion,
    ),
    Question(
        name="switched_off",
        does="Switches the listener off and looks whether the ALB API still shows its CA, and CAS keeps it.",
        writes=f"{_LISTENER}, and uploaded again where CAS deletes it",
        ask=alb.switched_off,
    ),
    Question(
        name="sessions",
        does="Switches the listener on, and offers it TLS sessions from before and after the switch.",
        writes=_LISTENER,
        ask=tls.sessions,
    ),
    Question(
        name="absent_field",
        does="Removes caEnabled from the listener while it is on, and looks whether it goes off.",
        writes=_LISTENER,
        ask=alb.absent_field,
    ),
    Question(
        name="hash_label",
        does="Changes only the survey's own annotation, and looks whether the controller writes another hash label.",
        writes=f"the survey's annotation, which goes at the end; with --only hash_label also {_LISTENER}",
        ask=alb.hash_label,
    ),
)
