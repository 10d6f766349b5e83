"""One survey: where it asks, what it has made so far, and how all of that goes again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import Fields
from alb_mtls.handshake.observation import Observation
from ops.survey.authorities import Authorities, Authority, name_of
from ops.survey.listener import SurveyedListener, requesting, switched_off
from ops.survey.probing import Prober

Answer = dict[str, Any] | list[dict[str, Any]]
SHOWN_SECONDS = 60.0
"""CAS may take to show what was put into it."""
_SPARE = 1.2
_FRESH = 25
# How long something may take to have an effect, counted in changes as measured before.
_CHANGES = 5
_SHORTEST_SECONDS = 6.0


class NotAnswered(Exception):  # noqa: N818 - named after what happened to a question
    """A question has no answer; the text says why, and the survey goes on with the next."""


@dataclass(kw_only=True)
class Survey:
    """One survey under way.

    Attributes:
        id: of the survey: part of the names of all that it makes.
        repository: that it was given.
        dns_name: of the load balancer.
        patience: seconds that the ALB may take to follow a change.
        connections: how many fresh connections in a row must be rejected until a switch counts as complete.
        bound: identifier of the first CA in CAS; None until it is uploaded.
        switch_seconds: how long a switch took until all connections followed, as measured; 0 until it is.
        follow_seconds: the longest that the ALB API took to follow a change, as measured; 0 until it is.
        is_stuck: the ALB did not follow a change in time.
        made: PEM of what it has put into CAS and not deleted, by identifier: CAS may list it late.
    """

    id: str
    kube: KubeClient
    alb: AlbClient
    cas: CasClient
    repository: Repository
    dns_name: str
    listener: SurveyedListener
    prober: Prober
    patience: float
    connections: int
    authorities: Authorities
    made: dict[str, str]
    bound: str | None = None
    switch_seconds: float = 0.0
    follow_seconds: float = 0.0
    is_stuck: bool = False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def name(self, what: str) -> str:
        """Return the name of something that this survey makes."""
        return name_of(self.id, what)

    def uploaded(self) -> str:
        """Return the identifier of the first CA, uploaded when it is needed first.

        Raises:
            CloudError: CAS did not take it.
        """
        if self.bound is None:
            self.bound = self.upload(self.authorities.first)
        return self.bound

    def upload(self, authority: Authority) -> str:
        """Upload a CA of this survey and wait until CAS shows it."""
        identifier = self.cas.upload_ca(pem=authority.pem, repository=self.repository, name=self.name("ca"))
        self.made[identifier] = authority.pem
        self.cas.wait_until_described(identifier, authority.pem, SHOWN_SECONDS)
        return identifier

    def try_upload(self, pem: str, what: str) -> str:
        """Upload something whatever CAS has of it already, and return what CAS calls it.

        Raises:
            RequestRejected: CAS does not take it.
        """
        identifier = self.cas.upload_copy(pem=pem, repository=self.repository, name=self.name(what))
        self.made[identifier] = pem
        return identifier

    def delete(self, identifier: str) -> None:
        """Delete something that this survey has put into CAS.

        Raises:
            CloudError: CAS did not delete it.
        """
        self.cas.delete_certificate(identifier)
        self.made.pop(identifier, None)

    def require_on(self) -> None:
        """Let the listener request client certificates of the first CA, and show that all of it does."""
        self._require(requesting(self.uploaded()), lambda one: one.rejected, "reject a client without a certificate")

    def require_off(self) -> None:
        """Let the listener accept every client, and show that all of it does."""
        self._require(switched_off(self.uploaded()), lambda one: one.accepted, "accept a client without a certificate")

    def _require(self, fields: Fields, follows: Callable[[Observation], bool], what: str) -> None:
        if self.is_stuck:
            message = "the ALB did not follow a change before"
            raise NotAnswered(message)
        is_new = fields != self.listener.fields
        # Until it has followed: whoever waits once for nothing need not wait for each question.
        self.is_stuck = True
        begun = self.clock()
        self.listener.require(fields, seconds=self.patience)
        self.is_stuck = False
        number = _FRESH
        if is_new:
            self.follow_seconds = max(self.follow_seconds, self.clock() - begun)
            # Of several machines some may lag, and would answer the next question as the one before.
            self.sleep(_SPARE * self.switch_seconds)
            number = _FRESH if self.switch_seconds else self.connections
        self.wait(lambda: all(follows(one) for one in self.prober.ask_all(number)), what)

    @property
    def long_seconds(self) -> float:
        """After so many seconds without an effect, there is none: much longer than a change took."""
        return max(_SHORTEST_SECONDS, _CHANGES * max(self.switch_seconds, self.follow_seconds))

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds.

        Raises:
            NotAnswered: it does not within the patience of the survey.
        """
        if not self.holds_within(condition, self.patience):
            message = f"the listener did not {what} within {self.patience:.0f} s"
            raise NotAnswered(message)

    def holds_within(self, condition: Callable[[], bool], seconds: float, *, every: float = 0.5) -> bool:
        """Say whether a condition holds within some seconds."""
        end = self.clock() + seconds
        while not condition():
            if self.clock() >= end:
                return False
            self.sleep(every)
        return True
