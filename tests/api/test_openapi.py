"""The OpenAPI document: complete, described, true to the code, and served with its page."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from api.errors import CODES
from api.openapi.examples import EXAMPLES
from api.openapi.pages import DOCUMENT
from api.openapi.values import VALUES
from api.openapi.wording import FIELDS
from tests.api.routes import tenant_routes
from tests.api.test_envelope import error_of

MAKE_IT = "bin/manage spectacular --format openapi-json --file api/openapi/openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as the code makes it now."""
    with GENERATOR_STATS.silence():
        made: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def media(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each JSON body and answer, errors included, by its place."""
    for place, operation in operations(document):
        if "requestBody" in operation:
            yield f"{place} body", operation["requestBody"]["content"]["application/json"]
        for status, answer in operation["responses"].items():
            if "application/json" in answer.get("content", {}) and "/schema" not in place:
                yield f"{place} {status}", answer["content"]["application/json"]
    for name, answer in document["components"]["responses"].items():
        yield name, answer["content"]["application/json"]


def fields(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each field in `schema`, and in those inside."""
    if not isinstance(schema, dict):
        return
    for name, field in schema.get("properties", {}).items():
        yield f"{place}.{name}", field
        yield from fields(field, f"{place}.{name}")
    for inner in ("items", "additionalProperties"):
        yield from fields(schema.get(inner), place)
    for several in ("oneOf", "anyOf"):
        for part in schema.get(several, ()):
            yield from fields(part, place)


def all_fields(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    schemas = document["components"]["schemas"].items()
    return [found for name, schema in schemas for found in fields(schema, name)]


def test_it_is_made_without_a_warning(document: dict[str, Any]) -> None:
    assert dict(GENERATOR_STATS._warn_cache) == dict(GENERATOR_STATS._error_cache) == {}
    validate_schema(document)


def test_the_committed_document_is_the_one_that_the_code_makes(document: dict[str, Any]) -> None:
    made = OpenApiJsonRenderer().render(document, renderer_context={})
    assert DOCUMENT.read_bytes() == made, f"Make it anew: {MAKE_IT}"


def test_it_has_every_endpoint_with_its_errors(document: dict[str, Any]) -> None:
    described = {
        re.sub(r"\{\w+\}", "{}", place): operation for place, operation in operations(document)
    }
    for route in tenant_routes():
        for method in route.methods:
            operation = described[f"{method} /" + re.sub(r"\{\w+\}", "{}", route.name)]
            assert set(operation["responses"]) > {"400", "401", "403", "500", "503"}
            assert ("404" in operation["responses"]) >= ("{" in route.name)
            assert operation["security"] or route.name.startswith("internal/")
    codes = document["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]
    assert set(codes["enum"]) == set(CODES.values())


def test_every_endpoint_field_parameter_and_value_is_described(document: dict[str, Any]) -> None:
    assert [p for p, o in operations(document) if not (o["summary"] and o["description"])] == []
    assert [place for place, field in all_fields(document) if not is_described(field)] == []
    assert [
        f"{place} {parameter['name']}"
        for place, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ] == []
    for name, meanings in VALUES.items():
        assert set(document["components"]["schemas"][name]["enum"]) == set(meanings), name
    plain = {
        "KindOfChannel",
        "Method",
        "ParameterPlace",
        "PendingState",
        "RecentOutcomes",
        "Window",
    }  # need no words
    unexplained = {n for n, s in document["components"]["schemas"].items() if "enum" in s}
    assert unexplained - set(VALUES) <= plain


def is_described(field: dict[str, Any]) -> bool:
    return "description" in field or field.get("const") in {True, False}


def test_no_words_or_examples_are_left_of_what_is_gone(document: dict[str, Any]) -> None:
    used = {place.rpartition(".")[2] for place, _ in all_fields(document)}
    used |= {p["name"] for _, o in operations(document) for p in o.get("parameters", ())}
    assert {word for word in FIELDS if word.rpartition(".")[2] not in used} == set()
    assert set(EXAMPLES) <= set(document["components"]["schemas"])


def test_every_body_and_answer_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    for place, content in media(document):
        several = [example["value"] for example in content.get("examples", {}).values()]
        examples = [content["example"]] if "example" in content else several
        assert examples, place
        schema = {**content["schema"], "components": document["components"]}
        for example in examples:
            assert list(Draft202012Validator(schema).iter_errors(example)) == [], place


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    known = {tag["name"] for tag in document["tags"]}
    assert {tag for _, operation in operations(document) for tag in operation["tags"]} == known


@pytest.mark.parametrize("path", ["schema", "docs"])
def test_document_and_page_are_for_everybody_and_only_read(nobody: APIClient, path: str) -> None:
    answer = nobody.get(f"/api/v1/{path}/")
    assert answer.status_code == 200
    assert answer["X-Request-Id"]
    assert answer["X-Frame-Options"] == "DENY"
    refused = nobody.post(f"/api/v1/{path}")
    error_of(refused, 405)
    assert refused["Allow"] == "GET, HEAD"


def test_the_served_document_is_the_committed_one(nobody: APIClient) -> None:
    assert nobody.get("/api/v1/schema").content == DOCUMENT.read_bytes()


def test_the_page_takes_everything_from_us_and_nothing_inline(nobody: APIClient) -> None:
    page = nobody.get("/api/v1/docs")
    assert page["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in page["Content-Security-Policy"]
    html = page.content.decode()
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script>", html)
    paths = re.findall(r'(?:src|href|data-schema)="([^"]*)"', html)
    assert len(paths) == 6
    for path in paths:
        assert re.match("/[^/]", path), path
        answer = nobody.get(path)
        assert answer.status_code == 200, path
        assert b"".join(answer) if answer.streaming else answer.content
    script = b"".join(nobody.get("/static/api/docs.js")).decode()
    assert "validatorUrl: null" in script  # else Swagger UI would show it our address
