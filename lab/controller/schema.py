"""The Go types of an AlbConfig's spec (docs/facts/alibaba-cloud.md, AlbConfig spec)."""

from typing import Final

from lab.controller.go_json import IntOrString, Scalar, Slice, Struct

_STRING = Scalar(go="string")
_BOOL = Scalar(go="bool")
_INT = Scalar(go="int")
_OPTIONAL_BOOL = Scalar(go="bool", pointer=True)

_CERTIFICATE = Struct(name="Certificate", fields={"IsDefault": _BOOL, "CertificateId": _STRING})
_CERTIFICATES = Slice(go="[]v1.Certificate", element=_CERTIFICATE)
_STRINGS = Slice(go="[]string", element=_STRING)

_HEADER_SWITCHES = (
    "XForwardedForEnabled",
    "XForwardedForProtoEnabled",
    "XForwardedForSLBIdEnabled",
    "XForwardedForSLBPortEnabled",
    "XForwardedForClientSrcPortEnabled",
    "XForwardedForClientCertSubjectDNEnabled",
    "XForwardedForClientCertIssuerDNEnabled",
    "XForwardedForClientCertFingerprintEnabled",
    "XForwardedForClientCertClientVerifyEnabled",
)
_HEADER_ALIASES = (
    "XForwardedForClientCertSubjectDNAlias",
    "XForwardedForClientCertIssuerDNAlias",
    "XForwardedForClientCertFingerprintAlias",
    "XForwardedForClientCertClientVerifyAlias",
)

_LISTENER = Struct(
    name="ListenerSpec",
    fields={
        "port": IntOrString(),
        "protocol": _STRING,
        # Not compared with the ALB when they are absent, by a switch; else absent ones are false and empty.
        "caEnabled": _OPTIONAL_BOOL,
        "caCertificates": Slice(go=_CERTIFICATES.go, element=_CERTIFICATE, optional=True),
        "certificates": _CERTIFICATES,
        "defaultCertificate": Struct(name="DefaultCertificate", fields={"kind": _STRING, "certificateId": _STRING}),
        "securityPolicyId": _STRING,
        "gzipEnabled": _OPTIONAL_BOOL,
        "http2Enabled": _OPTIONAL_BOOL,
        "idleTimeout": _INT,
        "requestTimeout": _INT,
        "description": _STRING,
        "loadBalancerId": _STRING,
        "quicConfig": Struct(name="QuicConfig", fields={"quicUpgradeEnabled": _BOOL, "quicListenerId": _STRING}),
        "xForwardedForConfig": Struct(
            name="XForwardedForConfig",
            fields={
                **dict.fromkeys(_HEADER_SWITCHES, _BOOL),
                **dict.fromkeys(_HEADER_ALIASES, _STRING),
            },
        ),
        "logConfig": Struct(
            name="LogConfig",
            fields={
                "accessLogRecordCustomizedHeadersEnabled": _BOOL,
                "accessLogTracingConfig": Struct(
                    name="AccessLogTracingConfig",
                    fields={"tracingSample": _INT, "tracingType": _STRING, "tracingEnabled": _BOOL},
                ),
            },
        ),
        "aclConfig": Struct(
            name="AclConfig",
            fields={"aclName": _STRING, "aclType": _STRING, "aclEntries": _STRINGS, "aclIds": _STRINGS},
        ),
    },
)

SPEC: Final = Struct(
    name="AlbConfigSpec",
    fields={
        "config": Struct(
            name="LoadBalancerSpec",
            fields={
                "id": _STRING,
                "name": _STRING,
                "edition": _STRING,
                "addressType": _STRING,
                "forceOverride": _OPTIONAL_BOOL,
                "listenerForceOverride": _OPTIONAL_BOOL,
                "deletionProtectionEnabled": _OPTIONAL_BOOL,
            },
        ),
        "listeners": Slice(go="[]*v1.ListenerSpec", element=_LISTENER),
    },
)
