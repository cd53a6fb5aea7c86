"""The description is valid, complete and true; a fuzzer finds nothing that it does not say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from starlette.routing import Route

from slaplugin.web.board import routes as board_routes
from slaplugin.web.openapi import document
from slaplugin.web.webhooks import Webhooks
from tests.web.board_of import Scene
from tests.web.conftest import SECRET, Serve, Served
from tests.web.test_probes import AWAY, report
from tests.web.test_webhooks import PLAIN, signed

METHODS = {"get", "post"}
PATHS = document()["paths"]
ASKED = ["not_a_server_error", "status_code_conformance", "content_type_conformance"]
CHECKS = ",".join([*ASKED, "response_schema_conformance", "unsupported_method"])
OPERATIONS = [(path, method) for path, item in PATHS.items() for method in item]


@pytest.fixture
def served(serve: Serve, tmp_path: Path) -> Served:
    """With the pages for people."""
    return serve(pages=board_routes(Scene(tmp_path)))


def routes(served: Served) -> set[tuple[str, str]]:
    app: Any = served.server._app
    return {
        (route.path, method.lower())
        for route in app._app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }


def test_every_route_is_described_and_no_other(served: Served) -> None:
    assert routes(served) == set(OPERATIONS)
    hooks = Webhooks(lambda: None, lambda _: True, lambda *_: None)
    assert {route.path for route in hooks.routes()} <= PATHS.keys()


def test_the_document_has_the_form_of_openapi() -> None:
    whole = document()
    assert re.fullmatch(r"3\.1\.\d+", whole["openapi"])
    assert whole["info"]["title"] and whole["info"]["version"]
    for schema in whole["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = [PATHS[path][method]["operationId"] for path, method in OPERATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_operation_says_all_that_one_needs(path: str, method: str) -> None:
    said = PATHS[path][method]
    assert method in METHODS
    assert said["summary"] and "200" in said["responses"]
    assert all(answer["description"] for answer in said["responses"].values())
    in_path = {one["name"] for one in said["parameters"] if one["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", path))
    schemes = {name for way in said["security"] for name in way}
    assert schemes <= document()["components"]["securitySchemes"].keys()


def test_every_reference_leads_somewhere() -> None:
    whole = document()

    def references(node: Any) -> list[str]:
        inner = list(node.values()) if isinstance(node, dict) else node
        found = [node["$ref"]] if isinstance(node, dict) and "$ref" in node else []
        if not isinstance(inner, list):
            return found
        return found + [one for item in inner for one in references(item)]

    named = {one.removeprefix("#/components/schemas/") for one in references(whole)}
    assert named == whole["components"]["schemas"].keys()


def flaws(answer: Any, schema: dict[str, Any]) -> list[str]:
    whole = Resource.from_contents(document(), default_specification=DRAFT202012)
    registry: Any = Registry().with_resource("urn:api", whole)
    target = {"$ref": "urn:api" + schema["$ref"]}
    validator = jsonschema.Draft202012Validator(target, registry=registry)
    return [error.message for error in validator.iter_errors(answer)]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/healthz", ""),
        ("/readyz", ""),
        ("/api/v1/status", "?all=true"),
        ("/api/v1/status", "?limit=x"),
        ("/api/v1/tickets/{ticket}", ""),
        ("/api/v1/health", ""),
        ("/api/v1/cycles", ""),
        ("/openapi.json", ""),
    ],
)
def test_answers_are_as_described(path: str, query: str, served: Served) -> None:
    served.health.begin()
    served.health.cycle(report(), pulled=True)
    served.health.failed(AWAY, 30)
    answer = served.ask(path.replace("{ticket}", "37") + query)
    described = PATHS[path]["get"]["responses"][str(answer.status_code)]
    assert flaws(answer.json(), described["content"]["application/json"]["schema"]) == []


def test_a_taken_web_hook_is_answered_as_described(served: Served) -> None:
    answer = served.ask("/webhook/zammad", "POST", data=PLAIN, headers=signed(PLAIN))
    described = PATHS["/webhook/zammad"]["post"]["responses"]["200"]
    assert flaws(answer.json(), described["content"]["application/json"]["schema"]) == []


def test_a_fuzzer_finds_nothing(served: Served, tmp_path: Path) -> None:
    """Every operation with made-up parameters, bodies and headers, right ones and wrong ones."""
    served.health.working()
    served.health.begin()
    served.health.cycle(report(), pulled=True)
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            str(program), "run", f"{served.url}/openapi.json",
            "--checks", CHECKS,
            "--phases", "examples,coverage,fuzzing",
            "--max-examples", "15", "--seed", "4", "--request-timeout", "10",
            "--header", f"X-Slaplugin-Secret: {SECRET}",
            "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    generated = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert generated is not None and generated[1] == generated[2], done.stdout[-4000:]
    assert int(generated[1]) > 200
