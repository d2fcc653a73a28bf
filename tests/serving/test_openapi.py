"""Whatever the description of the interface allows, and much that it does not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
OPERATIONS = [
    ("POST", "/v1/embed"),
    ("POST", "/v1/similar"),
    ("POST", "/v1/predict"),
    ("GET", "/v1/regions/{region_id}"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
]


@pytest.fixture(scope="module")
def interface(app):
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_every_operation_is_tried(interface) -> None:
    described = {(one.ok().method.upper(), one.ok().path) for one in interface.get_all_operations()}
    assert described == set(OPERATIONS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_it_keeps_to_its_description(method, path, mode, interface) -> None:
    operation = interface[path][method]
    plain = not operation.body and not len(operation.path_parameters) and not len(operation.query)
    if mode == GenerationMode.NEGATIVE and plain:
        return  # there is nothing that could be wrong

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def check(case) -> None:
        case.call_and_validate(checks=CHECKS)

    check()
