"""What a browser, or a page of somebody else's in it, can make of our answers."""

import pytest

from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, StartApi

CRM, EVIL = "https://crm.example.com", "https://evil.example.com"


def directives(policy: str) -> dict[str, list[str]]:
    """A Content-Security-Policy, read."""
    parts = [part.split() for part in policy.split(";")]
    return {part[0]: part[1:] for part in parts}


async def test_no_answer_can_be_framed_guessed_at_or_kept(api: ApiClient) -> None:
    for path, key in [
        *(("/v1/sessions", key) for key in (KEY, "wrong", "")),
        *(
            (path, KEY)
            for path in ("/v1/nothing", "/v1/messages?limit=x", "/healthz", "/metrics", "/openapi.json", "/docs", "/")
        ),
    ]:
        answer = await api.get(path, headers={"X-API-Key": key} if key else {})
        policy = directives(answer.headers["Content-Security-Policy"])
        assert policy["frame-ancestors"] == ["'none'"], path
        assert policy["default-src"] == ["'none'"], path
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers.getall("Content-Security-Policy") == [answer.headers["Content-Security-Policy"]]  # type: ignore[attr-defined]
        if path.startswith("/v1/"):
            assert answer.headers["Cache-Control"] == "no-store"
        assert "Server" not in answer.headers


async def test_the_docs_run_only_scripts_whose_hashes_are_known(api: ApiClient) -> None:
    answer = await api.get("/docs", headers={})
    policy = directives(answer.headers["Content-Security-Policy"])

    assert policy["connect-src"] == ["'self'"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert answer.body.count("<script") == 2
    assert answer.body.count('integrity="sha384-') == 2
    assert "@5/" not in answer.body  # a version that moves would have another hash tomorrow


async def test_another_origin_reads_nothing_unless_it_is_one_of_ours(start_api: StartApi) -> None:
    api = await start_api(cors_origins=CRM)
    for origin in (
        EVIL,
        "null",
        f"{CRM}.evil.example.com",
        f"{CRM}:8443",
        "http://crm.example.com",
        f"{CRM}/",
        "*",
        "",
    ):
        for method in ("GET", "OPTIONS"):
            asked = {"Origin": origin, "X-API-Key": KEY, "Access-Control-Request-Method": "POST"}
            answer = await api.call(method, "/v1/sessions", headers=asked)
            assert "Access-Control-Allow-Origin" not in answer.headers, origin

    allowed = await api.get("/v1/sessions", headers={"Origin": CRM, "X-API-Key": KEY})
    preflight = {"Origin": CRM, "Access-Control-Request-Method": "PATCH"}
    refused_method = await api.call("OPTIONS", "/v1/sessions", headers=preflight)
    preflight = {
        "Origin": CRM,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "X-Forwarded-For",
    }
    refused_header = await api.call("OPTIONS", "/v1/sessions", headers=preflight)

    assert allowed.headers["Access-Control-Allow-Origin"] == CRM
    assert "Origin" in allowed.headers["Vary"]
    # no cookie ever says who calls, so that no page can call in somebody's name
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    assert (refused_method.status, refused_header.status) == (400, 400)


async def test_without_allowed_origins_there_is_no_cors(api: ApiClient) -> None:
    answer = await api.get("/v1/sessions", headers={"Origin": EVIL, "X-API-Key": KEY})

    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_of_another_page_changes_nothing_on_this_machine(start_api: StartApi, content_type: str) -> None:
    api = await start_api(auth_mode="none")

    answer = await api.call(
        "POST", "/v1/sessions", headers={"Origin": EVIL, "Content-Type": content_type}, data=b'{"display_name": "x"}'
    )

    # a page can send this much without a preflight, and no more: the organisation is in a header that needs one
    assert answer.status == 400
