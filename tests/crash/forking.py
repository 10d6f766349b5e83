"""Processes that start in milliseconds: forked from one that has imported the SDKs, gRPC and the providers."""

import multiprocessing
import os
from multiprocessing.context import ForkServerContext

# Nothing here opens a channel or starts a thread when it is imported: both would not survive a fork.
_PRELOADED = [
    "OpenSSL.SSL",
    "alibabacloud_tea_openapi.client",
    "components.providers.cas_repository",
    "components.providers.listener_claim",
    "components.providers.listener_switch",
    "components.providers.cas_certificate",
    "grpc._server",
    "h2.connection",
    "kubernetes.client",
    "kubernetes.config",
    "pulumi.runtime.proto.provider_pb2_grpc",
    "service_identity.pyopenssl",
    "tests.crash.engine",
    "tests.crash.provider_server",
]


def context() -> ForkServerContext:
    """Return what starts such processes; the first one takes two seconds."""
    # Else the credential chain, which reads this when it is imported, would ask the metadata address of ECS.
    os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(_PRELOADED)
    return forking
