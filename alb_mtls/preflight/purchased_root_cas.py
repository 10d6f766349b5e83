"""Root CAs that Alibaba Cloud keeps, before anything is touched: whether CAS has them, and whom they would reject."""

from collections.abc import Iterator
from datetime import UTC, datetime

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.findings import ca_expiring
from alb_mtls.configuration.brought_clients import rejected_with_purchased
from alb_mtls.configuration.model import RootCaSettings, Settings
from alb_mtls.listeners.proof_clients import refuse_others_client
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.preflight.stopping import OutOfReach, Warn, stops_up
from alb_mtls.session import Session


class PurchasedRootCas:
    """Judges the purchased root CAs of a stack; who switches off is stopped by none."""

    def __init__(self, settings: Settings, session: Session, warn: Warn, out_of_reach: OutOfReach) -> None:
        """Take the settings of the stack, what reaches CAS, and what takes warnings and what CAS did not answer."""
        self._settings = settings
        self._session = session
        self._warn = warn
        self._out_of_reach = out_of_reach

    def problems(self) -> Iterator[str]:
        """Yield why a purchased root CA cannot be bound; without cas.endpoint it is not looked up."""
        trusted = self._settings.root_ca
        for one in self._settings.root_cas:
            if one.identifier is not None and self._settings.cas.endpoint:
                yield from self._problems_of_identifier(one, one.identifier, is_trusted=one is trusted)

    def _problems_of_identifier(self, one: RootCaSettings, identifier: str, *, is_trusted: bool) -> Iterator[str]:
        settings, endpoint = self._settings, self._settings.cas.endpoint
        key = f"{one.described_at}.identifier"
        try:
            found = self._session.cas(endpoint).describe(identifier)
        except CloudError as error:
            if settings.enabled:
                self._out_of_reach(key, error)
            else:
                self._warn(f"{key}: not looked up: {error}")
            return
        if found is not None and not is_trusted:
            return
        if found is not None:
            self._warn_of_its_end(identifier, found.pem)
            yield from self._rejected_with(found.pem, key)
            yield from self._rejected_client(found.pem)
            return
        sentence = f"{key}: CAS has no certificate {identifier} at cas.endpoint {endpoint}; correct one of the two"
        if settings.enabled:
            yield from stops_up(settings, self._warn, sentence)
        else:
            # A CA that is gone must not keep anybody from switching off what enforced it.
            self._warn(sentence)

    def _warn_of_its_end(self, identifier: str, ca_pem: str) -> None:
        try:
            end = load_chain(ca_pem)[0].not_valid_after_utc
        except PkiError:
            # What is wrong with it is reported with its clients.
            return
        finding = ca_expiring(f"{identifier} in CAS", end, now=datetime.now(UTC), purchased=True)
        if finding is not None and self._settings.enabled:
            self._warn(finding.text)

    def _rejected_with(self, ca_pem: str, key: str) -> Iterator[str]:
        """Yield who would be rejected by a server that trusts a purchased root CA; only a warning when disabled."""
        problems = rejected_with_purchased(self._settings.clients, ca_pem, datetime.now(UTC), key=key)
        if self._settings.enabled:
            yield from problems
        else:
            for problem in problems:
                self._warn(problem)

    def _rejected_client(self, ca_pem: str) -> Iterator[str]:
        """Yield why a server that trusts a purchased root CA would reject the client of `proof.client`."""
        proof = self._settings.proof
        path = proof.client_certificate_file
        if path is None or proof.mode != "required" or not self._settings.enabled:
            return
        try:
            refuse_others_client(path, load_chain(ca_pem)[:1], datetime.now(UTC))
        except PkiError as error:
            yield str(error)
