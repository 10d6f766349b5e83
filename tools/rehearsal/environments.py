"""The two environments: staging is written by the program itself, production belongs to Git."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.status import Status

STAGING, PRODUCTION = "staging", "production"
STAGING_HOST, PRODUCTION_HOST = "demo.alb.ingress.top", "two.alb.ingress.top"
PRODUCTION_ALBCONFIG = "alb-two"
# Of a partner: whoever adds it to the listener does not know of client certificates.
PARTNER_HOST = "partner.example.com"
# Renewed from about a minute after it was issued: nobody waits for months in a rehearsal.
_SHORT = "validity: 30m, renewBefore: 97%"
_LONG = "key: {algorithm: ecdsa, curve: P-256}, validity: 90d"

_COMMON = """\
config:
  alicloud:region: ap-southeast-1
  alb-mtls:enabled: "false"
  alb-mtls:onBypass: {on_bypass}
  alb-mtls:rootCa:
{root_ca}
  alb-mtls:clients:
{clients}
  alb-mtls:cas: {{endpoint: "http://{cas}"}}
  alb-mtls:alb: {{endpoint: "http://{alb}"}}
  alb-mtls:listeners:
{listeners}
  alb-mtls:proof: {{host: {host}, connections: 100, serverCa: {server_ca}}}
{more}"""
_STAGING_ROOT = """\
    key: {algorithm: ecdsa, curve: P-256}
    subject:
      {country: SG, state: Singapore, locality: Singapore, organization: Example, organizationalUnit: Staging}"""
_PRODUCTION_ROOT = """\
    {source: imported, certificateFile: pki/production.pem, keyFile: KEY_FILE}"""
_ACCEPTED = f"""\
  alb-mtls:accept:
    - code: HTTPS_WITHOUT_CLIENT_AUTH
      subject: listener 8443/HTTPS of AlbConfig {PRODUCTION_ALBCONFIG}
      until: "{{until}}"
      reason: "port 8443 is closed with the next release"
"""
_UNTIL = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Lab:
    """What a stack's file needs to know of the lab."""

    status: "Status"
    server_ca: str

    def staging(self) -> str:
        """Return the file of staging: a generated root, one short-lived client."""
        return self._file(
            on_bypass="warn",
            root_ca=_STAGING_ROOT,
            clients=f"    - {{name: robot, {_SHORT}}}",
            listeners=self._listener("alb", "443/HTTPS", STAGING_HOST),
            host=STAGING_HOST,
            more="",
        )

    def production(self, key_file: str) -> str:
        """Return the file of production: an imported root whose key only an `up` has, and an AlbConfig of Git's."""
        return self._file(
            on_bypass="warn",
            root_ca=_PRODUCTION_ROOT.replace("KEY_FILE", key_file),
            clients="\n".join(f"    - {{name: {name}, {_LONG}}}" for name in ("shop", "ledger")),
            listeners=f"{self._listener(PRODUCTION_ALBCONFIG, '443/HTTPS', PRODUCTION_HOST)}\n      write: none",
            host=PRODUCTION_HOST,
            more=_ACCEPTED.format(until=datetime.now(UTC).date() + _UNTIL),
        )

    def _listener(self, albconfig: str, key: str, host: str) -> str:
        port, protocol = key.split("/")
        address = self.status["albconfigs"][albconfig]["listeners"][key]["address"]
        lines = (f"albConfig: {albconfig}", f"port: {port}", f"protocol: {protocol}", f"hosts: [{host}]")
        return "    - " + "\n      ".join((*lines, f"connectTo: {address}"))

    def _file(self, **parts: str) -> str:
        endpoints = self.status["endpoints"]
        return _COMMON.format(cas=endpoints["cas"], alb=endpoints["alb"], server_ca=self.server_ca, **parts)
