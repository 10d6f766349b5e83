"""Reading where things go: `cas`, `alb`, `listeners`."""

import re
from collections.abc import Mapping

from alb_mtls.addresses import MAX_PORT, is_dns_name, is_host_and_port, is_kubernetes_name
from alb_mtls.aliyun.endpoints import EndpointError, alb_endpoint, cas_url, is_region
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.routes import ANY_HOST
from alb_mtls.configuration.identity_headers import read_identity_headers
from alb_mtls.configuration.model import CasSettings, ListenerSettings
from alb_mtls.configuration.problems import Problems
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.listener_resources import Write
from alb_mtls.pki.characters import disguised
from alb_mtls.pki.errors import shown
from alb_mtls.resources import BASIC_EDITION, DOCUMENTED_EDITIONS

CAS_KEYS = ("endpoint", "repository")
ALB_KEYS = ("endpoint", "editions")
LISTENER_KEYS = ("albConfig", "port", "protocol", "takeOver", "connectTo", "write", "identityHeaders", "hosts")

REGION_VARIABLES = ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION_ID")
"""Where pulumi-alicloud finds the region too when `alicloud:region` is not set; the first that is set counts."""

# An ALB takes them anywhere in the host of a condition.
_WILDCARDS = str.maketrans("*?", "aa")
# Room for the CAS console's column, with the part of the deployment.
_LONGEST_STEM = 31


def repository_stem(project: str, stack: str) -> str:
    """Return what the name of a stack's own repository begins with, `[a-z0-9-]`; the deployment's id adds the rest."""
    return re.sub(r"[^a-z0-9]+", "-", f"{project}-{stack}".lower()).strip("-")[:_LONGEST_STEM].rstrip("-")


def read_cas(reader: ObjectReader, *, project: str, stack: str, uploads: bool) -> CasSettings:
    """Read the CAS site; it follows the account, not the region, so there is no default to guess.

    Args:
        reader: at the key `cas`.
        project: of the stack.
        stack: its name.
        uploads: a root CA goes into CAS; a purchased one is there already.
    """
    required = "set the site that the account belongs to: china, international, or an endpoint" if uploads else None
    endpoint, url = reader.text("endpoint", required=required), ""
    if endpoint is not None:
        try:
            url = cas_url(endpoint)
        except EndpointError as error:
            reader.problem("endpoint", _with_character(endpoint, error))
    repository = reader.text("repository")
    if repository is not None and repository != repository.strip():
        reader.problem("repository", f"{shown(repository)} begins or ends with a blank; give the name alone")
    if repository is not None and not uploads:
        reader.problem("repository", "is where a root CA is uploaded, and a purchased one is in CAS already; remove it")
    return CasSettings(
        endpoint=url,
        repository=repository or repository_stem(project, stack),
        repository_owned=repository is None,
    )


def _with_character(endpoint: str, error: EndpointError) -> str:
    found = disguised(endpoint)
    return str(error) if found is None else f"{error} ({found})"


def read_region(values: Mapping[str, str | None], alb_given: bool, problems: Problems) -> str:  # noqa: FBT001 - a fact, not an option
    """Read the region of the ALB from `alicloud:region`, else `REGION_VARIABLES`."""
    region = next((value for value in values.values() if value), "")
    if not region and not alb_given:
        problems.add("alicloud:region", "is needed to find the ALB API; set it, for example to cn-hangzhou")
    elif region and not is_region(region):
        problems.add("alicloud:region", f"{shown(region)} is no region; it looks like cn-hangzhou or ap-southeast-1")
    return region


def read_alb(reader: ObjectReader) -> str | None:
    """Read the endpoint of the ALB API when it is not the region's own."""
    endpoint = reader.text("endpoint")
    if endpoint is not None:
        try:
            alb_endpoint(endpoint, "")
        except EndpointError as error:
            reader.problem("endpoint", _with_character(endpoint, error))
    return endpoint


def read_editions(reader: ObjectReader, problems: Problems) -> tuple[str, ...]:
    """Read which editions of an ALB may authenticate clients."""
    if not reader.has("editions"):
        return DOCUMENTED_EDITIONS
    editions = tuple(dict.fromkeys(reader.texts("editions")))
    if BASIC_EDITION in editions:
        reader.problem("editions", "names Basic, which cannot authenticate clients; remove it")
    elif not reader.array("editions") and not problems.is_about(reader.key_of("editions")):
        reader.problem("editions", f"names no edition; remove the key for {', '.join(DOCUMENTED_EDITIONS)}")
    return editions


def read_listeners(readers: list[ObjectReader], problems: Problems) -> tuple[ListenerSettings, ...]:
    """Read the listeners; at least one, none of them twice."""
    if not readers and not problems.is_about("listeners"):
        problems.add("listeners", "name at least one listener, for example {albConfig: alb, port: 443}")
    listeners = []
    places: dict[ListenerKey, str] = {}
    for reader in readers:
        listener = _listener(reader)
        if listener.key in places:
            reader.problem("port", f"is the listener of {places[listener.key]} again; name each only once")
        places.setdefault(listener.key, reader.key_of("port").removesuffix(".port"))
        listeners.append(listener)
    return tuple(listeners)


def _listener(reader: ObjectReader) -> ListenerSettings:
    alb_config = reader.text("albConfig", "", required="name the AlbConfig that the listener belongs to") or ""
    if alb_config and not is_kubernetes_name(alb_config):
        reader.problem("albConfig", f"{shown(alb_config)} is no Kubernetes name (RFC 1123: a-z, 0-9, - and .)")
    protocol = (reader.text("protocol", "HTTPS") or "HTTPS").upper()
    if protocol in ("HTTP", "QUIC"):
        reader.problem(
            "protocol", f"a listener of protocol {protocol} cannot request client certificates; only HTTPS can"
        )
    elif protocol != "HTTPS":
        reader.problem("protocol", f"is {shown(protocol)}, but must be HTTPS")
    if not reader.has("port"):
        reader.problem("port", "name the port of the listener, for example 443")
    if reader.choice("write", ("patch", "none"), "patch") == "none":
        write: Write = "none"
        if reader.text("takeOver"):
            reader.problem(
                "takeOver", "takes a listener by a patch, and with write: none nothing is patched; remove it"
            )
    else:
        write = "patch"
    return ListenerSettings(
        key=ListenerKey(
            alb_config=alb_config, port=reader.integer("port", 443, minimum=1, maximum=MAX_PORT), protocol=protocol
        ),
        take_over=reader.text("takeOver"),
        connect_to=_connect_to(reader),
        identity_headers=read_identity_headers(reader),
        hosts=_hosts(reader),
        write=write,
    )


def _hosts(reader: ObjectReader) -> tuple[str, ...] | None:
    """Read which hosts may be on the listener; without case, as names are compared."""
    if not reader.has("hosts"):
        return None
    places: dict[str, str] = {}
    if not reader.array("hosts"):
        reader.problem("hosts", "names no host; name those that may be on the listener, or remove the key to allow all")
    for name, text in reader.named_texts("hosts").items():
        host = text.lower().removesuffix(".")
        if host != ANY_HOST and not is_dns_name(host.translate(_WILDCARDS)):
            reader.problem(
                name, f"{shown(text)} is no host; it looks like api.example.com, *.example.com or {ANY_HOST}"
            )
        elif host in places:
            reader.problem(name, f"is {host}, as {places[host]} is; name each only once")
        else:
            places[host] = name
    return tuple(places)


def _connect_to(reader: ObjectReader) -> tuple[str, ...]:
    """Read where the listener is reached: one place, or a list of them, such as a tunnel to each zone."""
    places: dict[str, str] = {}
    for name, place in reader.text_or_texts("connectTo").items():
        if not is_host_and_port(place):
            reader.problem(name, f"{shown(place)} is no host:port, for example 127.0.0.1:8443")
        elif place in places:
            reader.problem(name, f"is {place}, as {places[place]} is; name each only once")
        else:
            places[place] = name
    return tuple(places)
