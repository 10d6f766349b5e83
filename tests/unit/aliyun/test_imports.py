"""That the heavy SDKs are imported by the first call, not by whoever imports the clients, and no more than it needs."""

import ast
from pathlib import Path

import pytest

import alb_mtls.aliyun
from tests.helpers.forked import PULUMI, forked

HEAVY = {
    "alibabacloud_credentials",
    "alibabacloud_tea_openapi",
}
LOWER = {"Tea", "darabonba", "requests", "urllib3", "cryptography"}
# Imported only when an SDK is: a class of `requests` is its base.
WITH_THE_SDKS = "http_session"
MODULES = sorted(one for one in Path(alb_mtls.aliyun.__path__[0]).glob("*.py") if one.stem != WITH_THE_SDKS)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_imports_an_sdk_at_its_top(module: Path) -> None:
    top_level = ast.parse(module.read_text()).body
    names = {alias.name for node in top_level if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in top_level if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names}.isdisjoint(HEAVY | LOWER)


CALL = """
import gc
from alb_mtls.aliyun import cas, credentials, endpoints, errors, retry

key = credentials.credential({"alicloud:accessKey": "LTAI-made-up", "alicloud:secretKey": "made-up"}.get)
at = endpoints.cas_endpoint("http://127.0.0.1:1")
try:
    cas.CasClient(endpoint=at, credential=key, policy=retry.RetryPolicy(deadline_seconds=0)).repositories()
except errors.Unreachable:
    gc.freeze()
"""
SPARED = ("aiofiles", "aiohttp", "apscheduler", "websocket")


def _answered(code: str, *, after: str = PULUMI) -> str:
    answered = forked(code, after=after)
    assert answered.returncode == 0, answered.stderr
    return answered.stdout.strip()


def test_a_call_loads_nothing_that_only_other_calls_of_the_sdks_need() -> None:
    loaded = f"import sys; print(*(name for name in sys.modules if name.partition('.')[0] in {SPARED!r}))"
    assert _answered(loaded, after=CALL) == ""
    assert _answered(f"import aiofiles, aiohttp, apscheduler, websocket\n{loaded}", after=CALL) != ""


def test_a_call_loads_no_client_that_is_generated_for_one_service() -> None:
    packages = "(name for name in sys.modules if '.' not in name)"
    loaded = f"import sys; print(*(name for name in {packages} if name.startswith('alibabacloud_')))"
    assert set(_answered(loaded, after=CALL).split()) == {
        "alibabacloud_credentials",
        "alibabacloud_credentials_api",
        "alibabacloud_gateway_spi",
        "alibabacloud_tea_openapi",
    }


def test_what_the_sdks_use_of_them_after_all_is_the_real_one() -> None:
    use = """
import darabonba.core, darabonba.websocket, Tea.core
print(darabonba.core.aiohttp.TCPConnector.__module__, Tea.core.aiohttp.ClientSession.__module__)
import aiohttp
print(darabonba.core.aiohttp.ClientSession is aiohttp.ClientSession)
print(darabonba.websocket.websocket.WebSocketApp.__module__, darabonba.websocket.ABNF.OPCODE_BINARY)
from alibabacloud_credentials.provider import ecs_ram_role, oidc
print(oidc.aiofiles.open.__module__)
print(type(ecs_ram_role.BackgroundScheduler()).__module__)
"""
    assert _answered(use, after=CALL).splitlines() == [
        "aiohttp.connector aiohttp.client",
        "True",
        "websocket._app 2",
        "aiofiles.threadpool",
        "apscheduler.schedulers.background",
    ]


def test_a_package_that_is_used_while_the_sdks_are_imported_is_the_real_one_at_once() -> None:
    use = """
from alb_mtls.aliyun.spared_imports import spared_imports
with spared_imports():
    import aiohttp
    print(aiohttp.TCPConnector.__module__)
    import aiohttp
    print(aiohttp.ClientSession.__module__)
    from websocket import ABNF, WebSocket
    print(ABNF.__name__, WebSocket.__module__)
print(aiohttp.ClientSession.__module__, WebSocket.send.__globals__["ABNF"] is ABNF)
"""
    assert _answered(use).splitlines() == [
        "aiohttp.connector",
        "aiohttp.client",
        "ABNF websocket._core",
        "aiohttp.client True",
    ]


def test_a_package_that_is_loaded_already_stays_as_it_is() -> None:
    use = "import sys, aiohttp\nfrom alb_mtls.aliyun.spared_imports import spared_imports\n"
    assert _answered(f"{use}with spared_imports(): print(sys.modules['aiohttp'] is aiohttp)") == "True"


def test_the_role_of_an_instance_is_found_while_another_thread_imports_the_sdk_of_a_service() -> None:
    use = """
import os
os.environ.pop("ALIBABA_CLOUD_ECS_METADATA_DISABLED", None)
from alb_mtls.aliyun.spared_imports import spared_imports
with spared_imports():
    from alibabacloud_credentials.provider import EcsRamRoleCredentialsProvider
with spared_imports():
    provider = EcsRamRoleCredentialsProvider(role_name="invented")
import threading
print(*(one.name for one in threading.enumerate() if one is not threading.main_thread()))
"""
    assert _answered(use) == "APScheduler"


def test_an_sdk_that_derives_from_a_spared_class_or_annotates_with_it_gets_the_real_one() -> None:
    use = """
from alb_mtls.aliyun.spared_imports import spared_imports
with spared_imports():
    from aiohttp import ClientResponse, ClientSession
    either, other = ClientResponse | None, None | ClientResponse
    class Derived(ClientResponse): pass
    print(isinstance(7, ClientSession))
import aiohttp
print(Derived.__base__ is aiohttp.ClientResponse, either == other == aiohttp.ClientResponse | None)
print(isinstance(object.__new__(Derived), ClientResponse))
"""
    assert _answered(use).splitlines() == ["False", "True True", "True"]
