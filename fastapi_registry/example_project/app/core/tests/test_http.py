"""What every route of a block gets from core, seen by HTTP."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import RootTransaction
from sqlalchemy.exc import OperationalError

from app.core.routing import LARGEST_BODY

FORM = "application/x-www-form-urlencoded"
NOTE = {"password": "hunter22"}


async def test_what_was_written_is_there_when_the_answer_comes(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/notes", json=NOTE)

    assert answer.status_code == 201
    assert (await client.get("/api/v1/notes/count")).json() == 1


async def test_an_error_takes_back_what_was_written(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/notes/conflicting")

    assert answer.status_code == 409
    assert (await client.get("/api/v1/notes/count")).json() == 0


async def test_an_error_that_keeps_its_writes_keeps_them(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/notes/refused")

    assert answer.status_code == 400
    assert (await client.get("/api/v1/notes/count")).json() == 1


async def test_a_commit_that_fails_is_a_503_and_not_a_201(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(transaction: RootTransaction) -> None:
        raise OperationalError("COMMIT", None, Exception("the disk is full"))

    monkeypatch.setattr(RootTransaction, "commit", fails)

    answer = await client.post("/api/v1/notes", json=NOTE)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "busy"
    assert "disk" not in answer.text


async def test_a_validation_error_says_where_and_never_what(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/notes", json={"password": "zyxw"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "zyxw" not in answer.text
    problem = answer.json()
    assert problem["code"] == "validation_error"
    assert problem["requestId"] == answer.headers["x-request-id"]
    assert [error["pointer"] for error in problem["errors"]] == ["/body/password"]
    assert {key for error in problem["errors"] for key in error} == {"pointer", "code", "message"}


@pytest.mark.parametrize("body", [b'{"password": "zyxw', b'"zyxw"', b'[{"password": "zyxw"}]'])
async def test_a_malformed_body_is_not_repeated_either(
    client: httpx2.AsyncClient, body: bytes
) -> None:
    answer = await client.post(
        "/api/v1/notes", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code == 422
    assert "zyxw" not in answer.text


async def test_half_a_character_is_refused_wherever_it_stands(client: httpx2.AsyncClient) -> None:
    places = {
        "password": b'"zyxw2\\ud800"',
        "noteText": b'"\\udfff"',
        "labels": b'{"deep": [{"\\ud800": 1}]}',
    }
    for name, value in places.items():
        body = b'{"password": "12345", "%s": %s}' % (name.encode(), value)
        answer = await client.post(
            "/api/v1/notes", content=body, headers={"content-type": "application/json"}
        )

        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/body/{name}"]


async def test_two_halves_of_a_character_are_one(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/notes",
        content=b'{"password": "12345", "noteText": "\\ud83e\\udd8a"}',
        headers={"content-type": "application/json"},
    )

    assert answer.json() == {"noteText": "🦊"}


async def test_the_docs_say_how_errors_look(client: httpx2.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()

    responses = described["paths"]["/api/v1/notes"]["post"]["responses"]
    [(media_type, content)] = responses["4XX"]["content"].items()
    name = content["schema"]["$ref"].removeprefix("#/components/schemas/")
    refused = (await client.post("/api/v1/notes", json={"password": "abc1"})).json()
    assert set(responses) == {"201", "4XX", "503"}
    assert media_type == "application/problem+json"
    assert set(described["components"]["schemas"][name]["properties"]) == set(refused)


async def test_the_docs_say_which_routes_take_a_token(client: httpx2.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()

    assert described["components"]["securitySchemes"] == {
        "Bearer": {"type": "http", "scheme": "bearer"}
    }
    paths = described["paths"]
    assert paths["/api/v1/notes/mine"]["get"]["security"] == [{"Bearer": []}]
    assert "security" not in paths["/api/v1/notes/count"]["get"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_r58_a_json_route_refuses_other_content_types(
    client: httpx2.AsyncClient, content_type: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}

    answer = await client.post("/api/v1/notes", content=b'{"password": "12345"}', headers=headers)

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


async def test_a_json_route_takes_any_kind_of_json(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/notes",
        content=b'{"password": "12345"}',
        headers={"content-type": "application/vnd.api+json; charset=utf-8"},
    )

    assert answer.status_code == 201


async def test_a_form_route_takes_forms(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/notes/form", data={"word": "hello"})

    assert answer.json() == {"noteText": "hello"}


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=X; charset=unicode_escape",
        "multipart/form-data; charset=utf-8; boundary=X; charset=punycode",
        "multipart/form-data; boundary=X; charset*=utf-8''punycode",
        'Multipart/Form-Data; boundary=X; Charset="utf-16"',
    ],
)
async def test_a_form_chooses_no_codec(client: httpx2.AsyncClient, content_type: str) -> None:
    answer = await client.post(
        "/api/v1/notes/form", content=_a_form("hello"), headers={"content-type": content_type}
    )

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", '; charset="UTF-8"'])
async def test_a_form_in_parts_is_utf_8(client: httpx2.AsyncClient, charset: str) -> None:
    content_type = f"multipart/form-data; boundary=X{charset}"

    answer = await client.post(
        "/api/v1/notes/form", content=_a_form("żółć"), headers={"content-type": content_type}
    )

    assert answer.json() == {"noteText": "żółć"}


def _a_form(word: str) -> bytes:
    part = f'Content-Disposition: form-data; name="word"\r\n\r\n{word}'
    return f"--X\r\n{part}\r\n--X--\r\n".encode()


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """Without a `Content-Length`."""
    for start in range(0, len(body), 50_000):
        yield body[start : start + 50_000]


@pytest.mark.parametrize("path", ["/api/v1/notes", "/api/v1/notes/form"])
async def test_a_body_is_read_so_far_and_no_further(client: httpx2.AsyncClient, path: str) -> None:
    content_type = "application/json" if path.endswith("notes") else FORM
    body = b" " * (LARGEST_BODY + 1)

    for content in (body, _in_pieces(body)):
        answer = await client.post(path, content=content, headers={"content-type": content_type})

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_may_be_as_large_as_that(client: httpx2.AsyncClient) -> None:
    note = b'{"password": "12345", "noteText": "hello"}'

    answer = await client.post(
        "/api/v1/notes",
        content=_in_pieces(note.ljust(LARGEST_BODY)),
        headers={"content-type": "application/json"},
    )

    assert answer.json() == {"noteText": "hello"}


async def test_a_file_may_be_larger(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/notes/file", files={"file": b"x" * (LARGEST_BODY + 1)})

    assert answer.json() == {"noteText": str(LARGEST_BODY + 1)}


@pytest.mark.parametrize("spelling", ["noteText", "note_text"])
async def test_bodies_are_taken_in_both_spellings_and_answered_in_one(
    client: httpx2.AsyncClient, spelling: str
) -> None:
    answer = await client.post("/api/v1/notes", json={**NOTE, spelling: "hello"})

    assert answer.json() == {"noteText": "hello"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/api/v1/notes/", 404, "not_found"),
        ("GET", "/health/", 404, "not_found"),
        ("PUT", "/api/v1/notes/count", 405, "method_not_allowed"),
        ("POST", "/api/v1/notes/broken", 500, "internal_error"),
        ("POST", "/api/v1/notes/conflicting", 409, "conflict"),
        ("GET", "/api/v1/notes?limit=101", 422, "validation_error"),
        ("GET", "/api/v1/notes?skip=-1", 422, "validation_error"),
    ],
)
async def test_r1_every_error_is_a_problem(
    client: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "code", "requestId"} <= set(problem)
    assert (problem["status"], problem["code"]) == (status, code)


async def test_an_unexpected_error_tells_nothing_of_itself(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/notes/broken")

    assert "secret detail" not in answer.text
    assert (await client.get("/api/v1/notes/count")).json() == 0


async def test_r4_every_answer_has_the_security_headers(client: httpx2.AsyncClient) -> None:
    for path in ("/health", "/nowhere", "/api/v1/notes"):
        headers = (await client.get(path)).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "frame-ancestors 'none'"
        assert "strict-transport-security" not in headers

    assert (await client.get("/api/v1/notes/count")).headers["cache-control"] == "no-store"


async def test_a_sane_request_id_is_kept_and_another_replaced(client: httpx2.AsyncClient) -> None:
    kept = await client.get("/health", headers={"x-request-id": "trace-0123456789"})
    replaced = await client.get("/health", headers={"x-request-id": "a b" * 100})

    assert kept.headers["x-request-id"] == "trace-0123456789"
    assert len(replaced.headers["x-request-id"]) == 32


async def test_a_page_says_which_part_it_is(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/v1/notes?skip=20&limit=10")

    assert answer.json() == {"items": [], "total": 0, "skip": 20, "limit": 10}


def test_operation_ids_are_stable_and_unique(app: FastAPI) -> None:
    operations = [
        operation["operationId"]
        for path in app.openapi()["paths"].values()
        for operation in path.values()
    ]

    assert {"notes_write", "notes_count", "health_alive"} <= set(operations)
    assert len(operations) == len(set(operations))
