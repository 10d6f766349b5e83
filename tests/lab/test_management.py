"""What the management port shows, changes and refuses, over HTTP and without the rest of the lab."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.behaviour import CloudBehaviour, ControllerBehaviour, DuplicateUpload, Timings
from lab.cloud import Cloud
from lab.control_plane.access import Access
from lab.controller import Controller
from lab.interception import FaultKind, Interceptor, Request
from lab.management import management_app
from lab.quiescence import Quiescence
from lab.serving import serve
from lab.settings import ControllerMode
from lab.webhook import Registration
from tests.helpers.intercepted import Service, eventually, running_service

pytestmark = pytest.mark.anyio


class Parts:
    """What management changes; none of it runs."""

    def __init__(self) -> None:
        """Make all parts but the data plane."""
        self.interceptor = Interceptor()
        self.cloud = Cloud()
        data_plane: Any = None
        access = Access(server="https://127.0.0.1:1", ca=Path("ca.pem"), token="t")
        self.controller = Controller(access=access, cloud=self.cloud, data_plane=data_plane)
        self.quiescence = Quiescence(
            controller=self.controller,
            registration=Registration(self.controller.behaviour, access=access, etcd="http://127.0.0.1:1"),
            cloud=self.cloud,
            data_plane=data_plane,
            publish=lambda: None,
        )


@pytest.fixture
async def parts() -> Parts:
    return Parts()


@pytest.fixture
async def management(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    app = management_app(
        interceptor=parts.interceptor,
        cloud=parts.cloud,
        controller=parts.controller,
        behaviour={"cloud": parts.cloud.behaviour, "controller": parts.controller.behaviour},
        quiescence=parts.quiescence,
    )
    server = await serve(app, port=0)
    async with httpx.AsyncClient(base_url=f"http://{server.address}", trust_env=False) as client:
        yield client
    await server.stop()


@pytest.fixture
async def service(parts: Parts) -> AsyncIterator[Service]:
    async with running_service(parts.interceptor) as running:
        yield running


async def answer(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def test_it_answers_that_it_is_up(management: httpx.AsyncClient) -> None:
    assert await answer(await management.get("/healthz")) == {"status": "ok"}


async def test_the_journal_is_read_by_pattern_and_since_and_cleared(
    management: httpx.AsyncClient, parts: Parts
) -> None:
    for api in ("CreateWarehouse", "ListCert"):
        parts.interceptor.journal.close(parts.interceptor.journal.open(Request(service="cas", api=api, target="r")))
    [entry] = await answer(await management.get("/journal", params={"api": "List*", "since": 1}))
    assert (entry["service"], entry["api"], entry["number"], entry["target"]) == ("cas", "ListCert", 1, "r")
    await answer(await management.delete("/journal"), 204)
    assert await answer(await management.get("/journal")) == []


async def test_a_fault_that_was_set_meets_its_call_and_can_be_removed(
    management: httpx.AsyncClient, service: Service
) -> None:
    fault = await answer(
        await management.post("/faults", json={"kind": "throttle", "api": "Create", "times": None}), 201
    )
    assert (await service.call("Create")).status_code == 429
    assert (await service.call("Delete")).status_code == 200
    [shown] = await answer(await management.get("/faults"))
    assert (shown["id"], shown["matched"], shown["applied"]) == (fault["id"], 1, 1)
    await answer(await management.delete(f"/faults/{fault['id']}"), 204)
    assert (await service.call("Create")).status_code == 200


async def test_a_fault_that_is_not_there_cannot_be_removed(management: httpx.AsyncClient) -> None:
    refused = await answer(await management.delete("/faults/9"), 404)
    assert "no fault 9" in refused["detail"]


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"kind": "explosion"}, "kind"),
        ({"kind": "throttle", "service": "ecs"}, "service"),
        ({"kind": "throttle", "first": 0}, "first"),
        ({"kind": "throttle", "times": 0}, "times"),
        ({"kind": "throttle", "api": ""}, "api"),
        ({"kind": "throttle", "nth": 2}, "nth"),
        ({"kind": "latency"}, "`seconds`"),
        ({"kind": "latency", "seconds": 0}, "seconds"),
        ({"kind": "throttle", "seconds": 1}, "`seconds`"),
        ({"kind": "hold"}, "`stage`"),
        ({"kind": "throttle", "stage": "before"}, "`stage`"),
        ({"kind": "hold", "stage": "between"}, "stage"),
    ],
)
async def test_a_fault_that_could_never_happen_is_rejected_by_name(
    management: httpx.AsyncClient, fault: dict[str, Any], named: str
) -> None:
    refused = await management.post("/faults", json=fault)
    assert refused.status_code == 422
    assert named in refused.text
    assert await answer(await management.get("/faults")) == []


@pytest.mark.parametrize("kind", list(FaultKind))
async def test_every_kind_of_fault_can_be_set(management: httpx.AsyncClient, kind: FaultKind) -> None:
    needed: dict[FaultKind, dict[str, Any]] = {
        FaultKind.LATENCY: {"seconds": 0.1},
        FaultKind.HOLD: {"stage": "after-reply"},
        FaultKind.WEBHOOK_DENIES: {"service": "kubernetes", "api": "patch albconfigs"},
        FaultKind.WEBHOOK_DOWN: {"service": "kubernetes", "api": "dry-run patch albconfigs"},
    }
    extra = needed.get(kind, {})
    fault = await answer(await management.post("/faults", json={"kind": kind, **extra}), 201)
    assert fault["kind"] == kind
    assert all(fault[name] == value for name, value in extra.items())


async def test_a_wait_for_a_hold_ends_when_a_call_is_held_and_release_lets_it_go(
    management: httpx.AsyncClient, service: Service
) -> None:
    await management.post("/faults", json={"kind": "hold", "stage": "before", "api": "Create"})
    waiting = asyncio.create_task(management.get("/holds", params={"wait": 10}))
    call = asyncio.create_task(service.call("Create", "one"))
    [hold] = await answer(await waiting)
    assert (hold["service"], hold["api"], hold["number"], hold["target"], hold["stage"]) == (
        "cas",
        "Create",
        1,
        "one",
        "before",
    )
    assert not call.done()
    await answer(await management.post(f"/holds/{hold['id']}/release"))
    assert (await call).status_code == 200
    await answer(await management.post(f"/holds/{hold['id']}/release"), 404)


async def test_without_a_held_call_there_is_nothing_to_release(management: httpx.AsyncClient) -> None:
    assert await answer(await management.get("/holds")) == []
    assert await answer(await management.get("/holds", params={"wait": 0.05})) == []
    refused = await answer(await management.post("/holds/1/release"), 404)
    assert "no call is held as 1" in refused["detail"]


async def test_clearing_the_faults_lets_held_calls_go_on(management: httpx.AsyncClient, service: Service) -> None:
    await management.post("/faults", json={"kind": "hold", "stage": "before"})
    call = asyncio.create_task(service.call("Create", "one"))
    await service.held()
    await answer(await management.delete("/faults"), 204)
    assert (await call).status_code == 200
    await eventually(lambda: service.outcomes() == ["answered"])


async def test_timings_change_where_the_lab_reads_them(management: httpx.AsyncClient, parts: Parts) -> None:
    changed = await answer(await management.patch("/timings", json={"configuring_seconds": 2}))
    assert changed == asdict(Timings(configuring_seconds=2.0))
    assert parts.cloud.timings == Timings(configuring_seconds=2.0)
    assert await answer(await management.get("/timings")) == changed


async def test_behaviour_changes_one_switch_and_leaves_the_others(management: httpx.AsyncClient, parts: Parts) -> None:
    changed = await answer(await management.patch("/behaviour", json={"cloud": {"duplicate_upload": "rejected"}}))
    assert changed == {
        "cloud": {
            **asdict(CloudBehaviour(duplicate_upload=DuplicateUpload.REJECTED)),
            "authenticating_editions": ["Standard", "StandardWithWaf"],
        },
        "controller": asdict(ControllerBehaviour()),
    }
    assert parts.cloud.behaviour.duplicate_upload is DuplicateUpload.REJECTED
    assert await answer(await management.get("/behaviour")) == changed


@pytest.mark.parametrize(
    ("path", "change", "named"),
    [
        ("/timings", {"configuring_seconds": -1}, "configuring_seconds"),
        ("/timings", {"configuring_seconds": None}, "configuring_seconds"),
        ("/timings", {"configuring_secs": 1}, "configuring_secs"),
        ("/timings", {"requests_per_second": 5, "configuring_seconds": "soon"}, "configuring_seconds"),
        ("/behaviour", {"cloud": {"duplicate_upload": "lost"}}, "duplicate_upload"),
        ("/behaviour", {"clod": {}}, "clod"),
        ("/behaviour", {"cloud": {"wrong_site": True, "wrong_sight": True}}, "wrong_sight"),
        ("/controller", {"mode": "unmanaged"}, "mode"),
    ],
)
async def test_a_change_that_means_nothing_is_rejected_by_name_and_changes_nothing(
    management: httpx.AsyncClient, path: str, change: dict[str, Any], named: str
) -> None:
    before = await answer(await management.get(path))
    refused = await management.patch(path, json=change)
    assert refused.status_code == 422
    assert named in refused.text
    assert await answer(await management.get(path)) == before


async def test_the_controller_is_held_back_and_released(management: httpx.AsyncClient, parts: Parts) -> None:
    assert await answer(await management.post("/controller/hold")) == {"mode": "managed", "held": True}
    assert parts.controller.held
    assert await answer(await management.post("/controller/release")) == {"mode": "managed", "held": False}
    assert not parts.controller.held


async def test_what_is_left_to_do_when_the_wait_is_over_is_answered(management: httpx.AsyncClient) -> None:
    answered = await answer(await management.post("/settle", params={"wait": 0.2}))
    assert answered == {"settled": False, "because": ["the controller does not run"]}


@pytest.mark.parametrize("wait", [0, 61, "long"])
async def test_a_wait_that_is_out_of_bounds_is_rejected(management: httpx.AsyncClient, wait: Any) -> None:
    refused = await management.post("/settle", params={"wait": wait})
    assert refused.status_code == 422
    assert "wait" in refused.text


async def test_the_account_is_forgotten_on_request(management: httpx.AsyncClient, parts: Parts) -> None:
    parts.cloud.timings.repository_listed_after_seconds = 0
    parts.cloud.cas.create_repository(name="left", type_="uploadedAuthorityCertificate")
    assert len(parts.cloud.cas.repositories()) == 1
    await answer(await management.delete("/account"), 204)
    assert parts.cloud.cas.repositories() == []


async def test_the_controllers_mode_can_be_changed(management: httpx.AsyncClient, parts: Parts) -> None:
    await answer(await management.patch("/controller", json={"mode": "open-source"}))
    assert parts.controller.mode is ControllerMode.OPEN_SOURCE


async def test_a_change_of_a_listener_is_over_once_the_data_plane_serves_it(
    management: httpx.AsyncClient, parts: Parts
) -> None:
    alb = parts.cloud.alb
    made = alb.create_load_balancer(name="alb", edition="Standard")
    listener = alb.create_listener(made.load_balancer_id, port=80, protocol="HTTP")
    [under_way] = await answer(await management.get("/load-balancers/changes"))
    assert (under_way["listener"], under_way["running"]) == ("80/HTTP", None)
    alb.settle(listener.listener_id, listener.revision)
    alb.update_listener_attribute(listener.listener_id, idle_timeout=30)
    first, second = await answer(await management.get("/load-balancers/changes"))
    assert first["begun"] < first["running"] < second["begun"]
    assert (second["revision"], second["running"]) == (2, None)


async def test_openapi_documents_every_path_and_every_switch(management: httpx.AsyncClient) -> None:
    document = await answer(await management.get("/openapi.json"))
    assert set(document["paths"]) == {
        "/journal",
        "/faults",
        "/faults/{fault_id}",
        "/holds",
        "/holds/{hold_id}/release",
        "/timings",
        "/behaviour",
        "/controller",
        "/controller/hold",
        "/controller/release",
        "/controller/restart",
        "/load-balancers",
        "/load-balancers/changes",
        "/load-balancers/{load_balancer_id}",
        "/load-balancers/{load_balancer_id}/listeners",
        "/account",
        "/private-authorities",
        "/settle",
        "/healthz",
    }
    undocumented = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if not operation.get("description")
    ]
    assert undocumented == []
    schemas = document["components"]["schemas"]
    assert set(schemas["TimingsChange"]["properties"]) == asdict(Timings()).keys()
    assert set(schemas["BehaviourChange"]["properties"]) == {"cloud", "controller"}
    assert set(schemas["CloudBehaviourChange"]["properties"]) == asdict(CloudBehaviour()).keys()


async def test_the_page_to_read_names_every_path_and_loads_nothing(management: httpx.AsyncClient) -> None:
    page = (await management.get("/docs")).text
    document = await answer(await management.get("/openapi.json"))
    assert [path for path in document["paths"] if path not in page] == []
    assert "<script" not in page
    assert "://" not in page
