"""The built page over HTTP, beside the API."""

import asyncio
import gzip
import re
from email.parser import HeaderParser
from pathlib import Path

import pytest
import pytest_asyncio

from services.api import service
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import StartApi

INDEX = """<!doctype html><html><head><meta name="csp-nonce" content="__CSP_NONCE__">
<style nonce="__CSP_NONCE__"></style></head><body><div id="root"></div></body></html>"""
SCRIPT = b"console.log('the page')"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
A_YEAR = "public, max-age=31536000, immutable"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page as the build leaves it."""
    folder = tmp_path / "dist"
    assets = folder / "assets"
    assets.mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / ".vite").mkdir()
    (folder / ".vite" / "manifest.json").write_text("{}")
    (assets / "index-a1b2c3.js").write_bytes(SCRIPT)
    (assets / "index-a1b2c3.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "index-a1b2c3.js.br").write_bytes(b"as brotli")
    (assets / "index-a1b2c3.css").write_text("body {}")
    (tmp_path / "secret.txt").write_text("a secret")
    return folder


@pytest_asyncio.fixture
async def site(start_api: StartApi, built: Path) -> ApiClient:
    """An API with a page."""
    return await start_api(page=built)


async def test_every_address_of_the_page_is_its_document(site: ApiClient) -> None:
    for path in ("/", "/sessions", "/messages?status=failed", "/overview", "/sessions/5f0c/history"):
        answer = await site.get(path, headers=BROWSER)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert '<div id="root">' in answer.body
        assert answer.headers["Cache-Control"] == "no-cache"
    assert (await site.get("/", headers={})).status == 200


async def test_no_address_of_the_api_is_ever_the_page(site: ApiClient) -> None:
    for path in ("/v1", "/v1/nothing", "/v1/sessions/x/y/z", "/docs/nothing", "/assets/nothing.js", "/metrics/nothing"):
        answer = await site.get(path, headers=BROWSER)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json"), path
    assert (await site.get("/docs", headers=BROWSER)).body.count("swagger") > 0
    assert (await site.get("/sessions", headers={"Accept": "application/json"})).status == 404
    assert (await site.call("POST", "/", headers=BROWSER)).status == 405
    assert (await site.call("DELETE", "/v1/messages", headers=BROWSER)).status == 405


async def test_each_response_has_a_policy_with_a_nonce_of_its_own(site: ApiClient) -> None:
    seen = set()
    for _ in range(3):
        answer = await site.get("/", headers=BROWSER)
        nonces = set(re.findall(r'(?:content|nonce)="([^"]+)"', answer.body))
        assert len(nonces) == 1
        seen |= nonces
        (nonce,) = nonces
        assert len(nonce) >= 22
        assert answer.headers["Content-Security-Policy"].split("; ") == [
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    assert len(seen) == 3


async def test_documents_and_files_are_only_what_they_say_they_are(site: ApiClient) -> None:
    for path in ("/", "/assets/index-a1b2c3.js", "/favicon.svg"):
        answer = await site.get(path, headers=BROWSER)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in answer.headers["Permissions-Policy"]


async def test_a_browser_that_has_the_document_goes_on_with_its_copy_and_its_policy(site: ApiClient) -> None:
    first = await site.get("/", headers=BROWSER)
    again = await site.get("/sessions", headers=BROWSER | {"If-None-Match": first.headers["ETag"]})
    other = await site.get("/", headers=BROWSER | {"If-None-Match": 'W/"another"'})

    assert (again.status, again.body) == (304, "")
    assert "Content-Security-Policy" not in again.headers
    assert again.headers["ETag"] == first.headers["ETag"]
    assert other.status == 200


async def test_hashed_files_are_kept_for_ever_and_the_others_asked_for_each_time(site: ApiClient) -> None:
    script = await site.get("/assets/index-a1b2c3.js", headers={"Accept-Encoding": "identity"})
    icon = await site.get("/favicon.svg", headers={"Accept-Encoding": "identity"})

    assert (script.body, script.headers["Cache-Control"]) == (SCRIPT.decode(), A_YEAR)
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert (icon.body, icon.headers["Cache-Control"]) == ("<svg/>", "no-cache")
    assert icon.headers["Content-Type"] == "image/svg+xml"
    known = await site.get("/favicon.svg", headers={"If-None-Match": icon.headers["ETag"]})
    assert (known.status, known.body) == (304, "")


async def test_a_file_comes_in_the_smallest_form_that_the_browser_takes(site: ApiClient) -> None:
    for accepted, encoding, size in (
        ("gzip, deflate, br", "br", len(b"as brotli")),
        ("gzip", "gzip", len(gzip.compress(SCRIPT))),
        ("br;q=0", None, len(SCRIPT)),
        ("identity", None, len(SCRIPT)),
    ):
        status, raw = await _raw(site.url, "/assets/index-a1b2c3.js", f"Accept-Encoding: {accepted}")
        headers = HeaderParser().parsestr(raw.partition(b"\r\n\r\n")[0].partition(b"\r\n")[2].decode())
        assert (status, headers["Content-Encoding"]) == (200, encoding)
        assert (headers["Vary"], int(headers["Content-Length"])) == ("Accept-Encoding", size)
        assert headers["Content-Type"].startswith("text/javascript")
    unpacked = await site.get("/assets/index-a1b2c3.js", headers={"Accept-Encoding": "gzip"})
    style = await site.get("/assets/index-a1b2c3.css", headers={"Accept-Encoding": "gzip, br"})
    assert unpacked.body == SCRIPT.decode()
    assert (style.body, style.headers.get("Content-Encoding")) == ("body {}", None)


async def test_a_head_has_the_headers_and_no_body(site: ApiClient) -> None:
    for path in ("/", "/overview", "/assets/index-a1b2c3.js", "/favicon.svg"):
        answer = await site.call("HEAD", path, headers=BROWSER)
        assert (answer.status, answer.body) == (200, "")
        assert int(answer.headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/../secret.txt",
        "/assets//etc/passwd",
        "/assets/%00",
        "/.vite/manifest.json",
        "/assets/",
    ],
)
async def test_nothing_but_the_built_files_can_be_reached(site: ApiClient, path: str) -> None:
    status, body = await _raw(site.url, path)

    assert status == 404
    assert b"secret" not in body


async def test_without_a_built_page_the_root_says_how_to_build_it(
    start_api: StartApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "built_page", lambda: None)
    api = await start_api()

    answer = await api.get("/", headers=BROWSER)

    assert (answer.status, answer.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert "make install" in answer.body
    assert (await api.get("/v1/sessions")).status == 200


async def _raw(url: str, path: str, *headers: str) -> tuple[int, bytes]:
    """A request that no client has tidied up, and the bytes of its answer."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = (f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers)
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return int(answer.split()[1]), answer
