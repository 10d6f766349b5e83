"""Values of the right kind and out of bounds, each beside the nearest one that is taken."""

from collections.abc import Callable

import pytest

from tests.helpers.stack_file import Change, put

Problems = Callable[..., tuple[str, ...]]

RSA: tuple[Change, ...] = (put("rootCa.key", {"algorithm": "rsa"}),)
SECRET: tuple[Change, ...] = (put("clients.0.kubernetesSecret", {"namespace": "default", "name": "alice"}),)
PURCHASED: tuple[Change, ...] = (
    put("rootCa", {"source": "purchased", "identifier": "1ed65580"}),
    put("clients", []),
)
GENERATION_2: tuple[Change, ...] = (put("rootCa.generations", [2]),)
HOSTS = put("listeners.0.hosts", ["a.example", "b.example"])

LABEL = "a" * 63
NAME_253 = ".".join([LABEL, LABEL, LABEL, "a" * 61])

PAIRS: list[tuple[str, tuple[Change, ...], object, object, str]] = [
    ("alb.editions", (), ["Standard"], [], "names no edition; remove the key for Standard, StandardWithWaf"),
    ("alb.editions", (), ["Extensible", "Extensible"], ["Standard", "Basic"], "names Basic, which cannot authenticate"),
    ("rootCa.source", (), "generated", "Generated", "must be one of generated, imported, purchased"),
    ("rootCa.key", (), {"algorithm": "ecdsa"}, {"algorithm": "ed25519"}, "must be one of rsa, ecdsa"),
    ("rootCa.key.curve", (), "P-384", "p-384", "must be one of P-256, P-384"),
    ("rootCa.key.size", RSA, 3072, 3071, "is 3071 bits, but must lie between 3072 and 4096"),
    ("rootCa.key.size", RSA, "4096", 4097, "must lie between 3072 and 4096"),
    ("rootCa.key.size", RSA, 4096, 4095, "must be 3072 or 4096"),
    ("rootCa.validity", (put("clients.0.validity", "10m"),), "30m", "29m", "is 29m, but must lie between 30m"),
    ("rootCa.validity", (), "2d", "47h", "is 47h, but the certificates of its clients need a root CA of at least 2d"),
    ("rootCa.validity", (put("clients", []),), "30m", "29m", "is 29m, but must lie between 30m and 36500d"),
    ("rootCa.validity", (), "3650 d", "a year", "'a year' is no duration; it looks like 365d, 12h or 30m"),
    ("rootCa.validity", (), "36500d", "36501d", "is 36501d, but must lie between 30m and 36500d"),
    ("rootCa.generations", (), [1.0], [1.5], "must be a list of whole numbers between 1 and"),
    ("rootCa.generations", (), [1], [0], "must be a list of whole numbers between 1 and"),
    ("rootCa.generations", (), [], ["1"], "must be a list of whole numbers between 1 and"),
    ("rootCa.generations", (), [3], [float("inf")], "must be a list of whole numbers between 1 and"),
    ("rootCa.generations", (), [3], [float("nan")], "must be a list of whole numbers between 1 and"),
    ("rootCa.generations", (), [3], [True], "must be a list of whole numbers between 1 and"),
    ("rootCa.generations", (), [1_000_000], [1_000_001], "must be a list of whole numbers between 1 and 1000000"),
    ("rootCa.trusted", GENERATION_2, 2, 1, "must be one of the generations [2]"),
    ("clients.0.name", (), "a" * 40, "a" * 41, "at most 40 of them"),
    ("clients.0.name", (), "a-1", "a_1", "may hold only a-z, 0-9 and -"),
    ("clients.0.name", (), "alice", "älice", "may hold only a-z, 0-9 and -"),
    ("clients.0.name", (), "alice", "../alice", "may hold only a-z, 0-9 and -"),
    ("clients.0.name", (), "alice", "", "each client needs a name"),
    ("clients.0.validity", (), "10m", "9m", "is 9m, but must lie between 10m and 36500d"),
    ("clients.0.rotateKey", (), False, "no", "must be true or false"),
    ("clients.0.renewBefore", (), "99%", "100%", "neither a share"),
    ("clients.0.sans", (), ["dns:a.example"], ["a.example"], "must begin with dns:, email: or uri:"),
    ("clients.0.kubernetesSecret.namespace", SECRET, LABEL, f"{LABEL}a", "is no Kubernetes namespace"),
    ("clients.0.kubernetesSecret.namespace", SECRET, "team-a", "team.a", "is no Kubernetes namespace"),
    ("clients.0.kubernetesSecret.name", SECRET, NAME_253, f"{NAME_253}a", "is no Kubernetes name"),
    ("clients.0.kubernetesSecret.name", SECRET, "a.b", "a..b", "is no Kubernetes name"),
    ("cas.endpoint", (), "china", "chna", "is not a site of CAS; set china or international"),
    ("cas.endpoint", (), "http://[::1]:18080", "http://192.0.2.1", "allowed for loopback addresses only"),
    ("cas.repository", (), "x y", " x ", "begins or ends with a blank"),
    ("cas.repository", (), "", " ", "begins or ends with a blank"),
    ("cas.repository", PURCHASED, "", "team", "a purchased one is in CAS already; remove it"),
    ("rootCa.protect", PURCHASED, False, True, "a purchased root CA is in CAS only; remove it"),
    ("rootCa.identifier", PURCHASED, "1ed65580-cn-hangzhou", " ", "holds a blank"),
    ("rootCa.identifier", PURCHASED, "1ed65580", "1ed6 5580", "holds a blank"),
    ("rootCa.subject.commonName", GENERATION_2, "c" * 61, "c" * 62, "has 65 characters, but at most 64 are allowed"),
    ("rootCa.subject.commonName", GENERATION_2, "阿" * 20, "阿" * 21, "has 66 octets in UTF-8, but at most 64"),
    ("alb.endpoint", (), "alb.cn-hangzhou.aliyuncs.com", "alb..aliyuncs.com", "has no valid host name"),
    ("listeners.0.albConfig", (), NAME_253, f"{NAME_253}a", "is no Kubernetes name"),
    ("listeners.0.albConfig", (), "alb", "Alb", "is no Kubernetes name"),
    ("listeners.0.albConfig", (), "alb", "alb/443", "is no Kubernetes name"),
    ("listeners.0.port", (), 1, 0, "must lie between 1 and 65535"),
    ("listeners.0.port", (), 65535, 65536, "must lie between 1 and 65535"),
    ("listeners.0.port", (), "443", -443, "must lie between 1 and 65535"),
    ("listeners.0.port", (), 443, None, "name the port of the listener"),
    ("listeners.0.protocol", (), "https", "HTTP", "only HTTPS can"),
    ("listeners.0.protocol", (), "HTTPS", "QUIC", "only HTTPS can"),
    ("listeners.0.protocol", (), "HTTPS", "TLS", "must be HTTPS"),
    ("listeners.0.connectTo", (), "alb.example:443", "alb.example", "is no host:port"),
    ("listeners.0.connectTo", (), "[::1]:443", "::1:443", "is no host:port"),
    ("listeners.0.connectTo", (), "alb:443", "alb:٤٤٣", "is no host:port"),
    ("listeners.0.connectTo", (), "alb.example:443", "https://alb.example:443", "is no host:port"),
    ("listeners.0.connectTo", (), "alb.example:443", "a b:443", "is no host:port"),
    ("listeners.0.connectTo", (), ["a.example:443", "[::1]:8443"], "a.example:443,b.example:443", "is no host:port"),
    ("listeners.0.connectTo[1]", (), ["a.example:1", "a.example:2"], ["a.example:1", "a.example"], "is no host:port"),
    ("listeners.0.connectTo[1]", (), ["a.example:1"], ["a.example:1", 443], "must be a text, not the number"),
    ("listeners.0.connectTo[0]", (), [], [""], "'' is no host:port"),
    (
        "listeners.0.connectTo[2]",
        (),
        ["a.example:1", "b.example:1"],
        ["a.example:1", "b.example:1", "a.example:1"],
        "is a.example:1, as connectTo[0] is; name each only once",
    ),
    ("proof.host", (), "demo.alb.ingress.top", "*.alb.ingress.top", "is no host name"),
    ("proof.host", (), "demo.alb.ingress.top.", "demo..top", "is no host name"),
    ("proof.host", (), LABEL, f"{LABEL}a", "is no host name"),
    ("proof.host", (), "xn--bcher-kva.example", "bücher.example", "is no host name"),
    ("proof.host", (), "demo.example", "https://demo.example", "is no host name"),
    ("proof.path", (), "/%C3%BC", "/ü", "must begin with / and hold ASCII without blanks only"),
    ("proof.path", (), "/a%20b", "/a b", "must begin with / and hold ASCII without blanks only"),
    ("proof.path", (), "/a?b=c", "a?b=c", "must begin with / and hold ASCII without blanks only"),
    ("listeners.0.hosts.0", (HOSTS,), "*.A.example", "a_b", "is no host; it looks like api.example.com"),
    (
        "listeners.0.hosts[1]",
        (),
        ["a.example", "*"],
        ["a.example", "A.Example."],
        "is a.example, as hosts[0] is; name each only once",
    ),
    ("proof.mode", (), "off", "none", "must be one of required, api, off"),
    ("proof.deadlineSeconds", (), 5, 4, "is 4 seconds, but must lie between 5 and 3600"),
    ("proof.deadlineSeconds", (), 3600, 3601, "is 3601 seconds, but must lie between 5 and 3600"),
    ("proof.connections", (), 50, 49, "is 49 connections, but must lie between 50 and 10000"),
    ("proof.connections", (), "10000", 10_001, "is 10001 connections, but must lie between 50 and 10000"),
    ("onBypass", (), "fail", "FAIL", "must be one of warn, fail"),
    (
        "clusterId",
        (),
        "c1234",
        "c1234\n",
        "holds a line end (U+000A) at position 6, which cannot be printed",
    ),
    ("cas.repository", (), "team", "team\0", "holds NUL (U+0000) at position 5"),
    ("cas.repository", (), "r" * 4096, "r" * 4097, "has 4097 characters, but at most 4096 are taken"),
    ("cas.repository", (), "team", "\ud800", "holds a character (U+D800) at position 1"),
]


def _id(value: object) -> str | None:
    return value.encode("unicode_escape").decode()[:40] if isinstance(value, str) else None


@pytest.mark.parametrize(("path", "beside", "taken", "refused", "said"), PAIRS, ids=_id)
def test_a_value_within_its_bounds_is_taken_and_its_twin_beyond_is_reported(
    problems: Problems, path: str, beside: tuple[Change, ...], taken: object, refused: object, said: str
) -> None:
    key = path.partition("[")[0]
    assert problems(*beside, put(key, taken)) == ()
    lines = problems(*beside, put(key, refused))
    assert len(lines) == 1, lines
    assert lines[0].startswith(path.replace(".0", "[0]"))
    assert said in lines[0]


# One bound of each attribute; tests/unit/pki/test_names.py has them all.
NAMES: list[tuple[str, str, str]] = [
    ("country", "cn", "C1"),
    ("state", "s" * 128, "s" * 129),
    ("locality", "l" * 128, "l" * 129),
    ("organization", "o" * 64, "o" * 65),
    ("organizationalUnit", "u" * 64, "u" * 65),
    ("commonName", "c" * 64, "c" * 65),
    ("email", "e@ali.example", "e@ali"),
]


@pytest.mark.parametrize("whose", ["rootCa", "clients.0"])
@pytest.mark.parametrize(("attribute", "taken", "refused"), NAMES, ids=_id)
def test_a_name_within_its_bound_is_taken_and_its_twin_beyond_is_reported(
    problems: Problems, whose: str, attribute: str, taken: str, refused: str
) -> None:
    path = f"{whose}.subject.{attribute}"
    assert problems(put(path, taken)) == ()
    [line] = problems(put(path, refused))
    assert line.startswith(f"{path.replace('.0', '[0]')}: ")


@pytest.mark.parametrize("attribute", ["country", "state", "locality", "organization", "organizationalUnit"])
def test_a_root_needs_what_a_client_may_leave_out(problems: Problems, attribute: str) -> None:
    assert problems(put(f"clients.0.subject.{attribute}", None)) == ()
    assert problems(put(f"rootCa.subject.{attribute}", None)) == (f"rootCa.subject.{attribute}: is required",)


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ({"key": {"algorithm": "rsa"}, "csrFile": "a.csr"}, "csrFile: cannot be given together with key"),
        ({"key": {"algorithm": "rsa"}, "certificateFile": "a.pem"}, "certificateFile: cannot be given together with"),
        ({"certificateFile": "a.pem", "rotateKey": True}, "rotateKey: cannot be set for a certificate that is brought"),
        ({"csrFile": "a.csr", "rotateKey": False}, "rotateKey: is for keys that are made here"),
        ({"certificateFile": "a.pem", "sans": ["dns:a"]}, "sans: cannot be set for a certificate that is brought"),
        ({"certificateFile": "a.pem", "subject": {"commonName": "a"}}, "subject: cannot be set for a certificate"),
        ({"csrFile": "a.csr", "kubernetesSecret": {"namespace": "a", "name": "a"}}, "needs the client's private key"),
    ],
)
def test_what_contradicts_itself_in_a_client_is_reported(
    problems: Problems, refused: dict[str, object], said: str
) -> None:
    assert any(said in line for line in problems(put("clients.0", {"name": "alice", **refused})))


@pytest.mark.parametrize(
    ("source", "others", "named"),
    [
        ("imported", {"subject": {"country": "CN"}}, "subject: goes with source generated, but the source is imported"),
        ("imported", {"identifier": "1"}, "identifier: goes with source purchased, but the source is imported"),
        ("purchased", {"keyFile": "ca.key"}, "keyFile: goes with source imported, but the source is purchased"),
        ("generated", {"certificateFile": "ca.pem"}, "goes with source imported, but the source is generated"),
        ("imported", {}, "certificateFile: an imported root CA needs the file of its certificate"),
        ("purchased", {}, "identifier: a purchased root CA is named by its identifier in CAS"),
    ],
)
def test_what_does_not_go_with_the_source_of_the_root_is_reported(
    problems: Problems, source: str, others: dict[str, object], named: str
) -> None:
    assert any(
        f"rootCa.{named}" in line or named in line for line in problems(put("rootCa", {"source": source, **others}))
    )


def test_two_clients_with_one_secret_are_reported_and_with_two_are_not(problems: Problems) -> None:
    def clients(*names: str) -> Change:
        entries = [
            {"name": f"c{index}", "kubernetesSecret": {"namespace": "default", "name": name}}
            for index, name in enumerate(names)
        ]
        return put("clients", entries)

    assert problems(clients("one", "two")) == ()
    assert problems(clients("one", "one")) == (
        "clients[1].kubernetesSecret: is the Secret of client 'c0' too; each needs its own",
    )


@pytest.mark.parametrize("region", [None, "cn_hangzhou", "hangzhou", "CN-HANGZHOU", "a-1"])
def test_a_region_that_is_none_is_reported_and_without_one_an_endpoint_will_do(problems: Problems, region: str) -> None:
    assert any(line.startswith("alicloud:region:") for line in problems(region=region))
    assert problems(put("alb", {"endpoint": "http://127.0.0.1:18081"}), region=None) == ()


@pytest.mark.parametrize(("editions", "mistakes"), [([3], 1), ("Standard", 1), ([], 1), (["Standard"], 0)])
def test_an_edition_that_is_none_is_one_mistake_and_not_a_missing_one_too(
    problems: Problems, editions: object, mistakes: int
) -> None:
    assert len(problems(put("alb.editions", editions))) == mistakes
