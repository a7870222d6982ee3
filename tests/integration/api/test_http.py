"""What holds for every route: who may call, how errors look, and what the log says."""

from collections.abc import Callable
from itertools import product
from uuid import UUID

import structlog

from services.api.service import ApiService
from tests.harness.fixtures import PrivatePostgres
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, StartApi, api_settings
from tests.integration.api.rows import Rows
from truesend.cli.local.ports import free_port
from truesend.store.migrations import migrate_async

PRIVATE_ROUTES = [
    ("GET", "/v1/sessions"),
    ("POST", "/v1/sessions"),
    ("GET", "/v1/overview"),
    ("POST", "/v1/sessions/verify"),
    ("GET", "/v1/messages"),
    ("POST", "/v1/messages"),
    ("GET", "/v1/events"),
    ("GET", "/v1/sessions/00000000-0000-0000-0000-000000000000"),
    ("GET", "/v1/sessions/00000000-0000-0000-0000-000000000000/history"),
    ("POST", "/v1/sessions/00000000-0000-0000-0000-000000000000/verify"),
    ("GET", "/v1/messages/00000000-0000-0000-0000-000000000000"),
]


async def test_nobody_gets_in_without_a_key(api: ApiClient) -> None:
    wrong: list[dict[str, str]] = [
        {},
        {"X-API-Key": "wrong"},
        {"X-API-Key": "wröng"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": "Bearer"},
    ]
    for (method, path), headers in product(PRIVATE_ROUTES, wrong):
        answer = await api.call(method, path, headers=headers)
        assert (answer.status, answer.headers["Content-Type"]) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "wrong" not in str(answer.body)


async def test_a_key_may_come_in_either_header(api: ApiClient) -> None:
    for headers in ({"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}, {"Authorization": f"bearer {KEY}"}):
        assert (await api.get("/v1/sessions", headers=headers)).status == 200


async def test_what_is_not_there_is_a_problem_document(api: ApiClient) -> None:
    for method, path, status in [("GET", "/v2", 404), ("DELETE", "/v1/messages", 405), ("PUT", "/v1/events", 405)]:
        answer = await api.call(method, path)
        assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
        assert {"type", "title", "status", "detail"} <= answer.body.keys()


async def test_an_address_says_all_the_methods_that_it_takes_and_a_name_is_never_taken_for_an_id(
    api: ApiClient,
) -> None:
    session = f"/v1/sessions/{UUID(int=0)}"
    for method, path, methods in [
        ("PUT", "/v1/messages", "GET, POST"),
        ("PATCH", session, "DELETE, GET"),
        ("POST", f"{session}/pace", "GET, PUT"),
        ("GET", "/v1/messages/batch", "POST"),
        ("GET", "/v1/messages/retry", "POST"),
        ("GET", "/v1/sessions/verify", "POST"),
    ]:
        answer = await api.call(method, path)
        assert (answer.status, answer.headers["Allow"]) == (405, methods), path


async def test_an_organization_that_is_no_uuid_is_refused_even_where_the_key_says_for_whom(api: ApiClient) -> None:
    statuses = [
        (await api.get("/v1/sessions", headers={"X-API-Key": KEY, "X-Organization-Id": text})).status
        for text in ("mine", "", str(UUID(int=1)))
    ]

    assert statuses == [400, 400, 200]


async def test_health_metrics_and_documentation_need_no_key(api: ApiClient) -> None:
    assert (await api.get("/healthz", headers={})).status == 200
    assert (await api.get("/docs", headers={})).status == 200
    openapi = await api.get("/openapi.json", headers={})
    assert "requestBody" in openapi.body["paths"]["/v1/messages"]["post"]
    await api.get("/v1/sessions")
    metrics = await api.get("/metrics", headers={})
    assert 'truesend_http_requests_total{method="GET",route="/v1/sessions",status="200"}' in metrics.body


async def test_readiness_follows_the_broker_and_the_database(api_with_kafka: ApiClient) -> None:
    assert (await api_with_kafka.get("/readyz")).status == 200


async def test_browsers_of_allowed_origins_may_call(start_api: StartApi) -> None:
    api = await start_api(cors_origins="https://crm.example.com, https://other.example.com")

    def preflight(origin: str) -> dict[str, str]:
        return {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key,idempotency-key,last-event-id",
        }

    allowed = await api.call("OPTIONS", "/v1/messages", headers=preflight("https://crm.example.com"))
    refused = await api.call("OPTIONS", "/v1/messages", headers=preflight("https://evil.example.com"))
    unauthorized = await api.get("/v1/messages", headers={"Origin": "https://crm.example.com"})

    assert allowed.headers["Access-Control-Allow-Origin"] == "https://crm.example.com"
    assert "Access-Control-Allow-Origin" not in refused.headers
    assert unauthorized.headers["Access-Control-Allow-Origin"] == "https://crm.example.com"


async def test_without_a_database_the_api_comes_up_and_says_503(rows: Rows) -> None:
    settings = api_settings(rows, database_url=f"postgresql://u:secret@127.0.0.1:{free_port()}/x")
    service = ApiService(settings)
    await service.start()
    api = ApiClient(f"http://127.0.0.1:{service.port}", KEY)

    answers = [await api.get(path) for path in ("/v1/sessions", "/v1/messages", "/v1/events")]
    ready = await api.get("/readyz")
    alive = await api.get("/healthz")
    await api.close()
    await service.stop()

    assert [answer.status for answer in answers] == [503, 503, 503]
    assert {answer.body["type"] for answer in answers} == {"urn:truesend:problem:database-away"}
    assert ready.status == 503
    assert alive.status == 200
    assert "secret" not in str(answers) + str(ready)


async def test_a_database_that_comes_back_is_used_again(
    start_api: StartApi, private_postgres: Callable[[], PrivatePostgres]
) -> None:
    server = private_postgres()
    await migrate_async(server.url)
    api = await start_api(database_url=server.url)
    assert (await api.get("/v1/sessions")).status == 200

    server.kill()
    gone = await api.get("/v1/sessions")
    server.start()

    async def answers() -> bool:
        return (await api.get("/v1/sessions")).status == 200

    await until(answers, 30, "sessions can be read again")
    assert gone.status == 503


async def test_a_request_is_logged_with_its_trace_and_without_what_is_private(api: ApiClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with structlog.testing.capture_logs() as lines:
        await api.call(
            "POST",
            "/v1/messages?recipient=4915112345678",
            headers={"X-API-Key": KEY, "traceparent": f"00-{trace}-b7ad6b7169203331-01"},
            json={"message_content": "a secret", "recipient": "+4915112345678"},
        )

    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["trace_id"], line["status"], line["path"]) == (trace, 422, "/v1/messages")
    assert line["organization_id"]
    for private in ("a secret", "4915112345678", KEY):
        assert private not in str(lines)


async def test_the_docs_know_how_a_key_is_sent(api: ApiClient) -> None:
    answer = await api.get("/openapi.json")

    schemes = answer.body["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"apiKey", "http"}
    assert answer.body["paths"]["/v1/sessions"]["get"]["security"]
    assert "security" not in answer.body["paths"].get("/healthz", {}).get("get", {})
