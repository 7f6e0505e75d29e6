"""Bodies and documents made to do harm: refused before anything is read or executed, and never an error of ours."""

import json

import pytest

from api.graphql import documents
from api.graphql.limits import MOST_CHARACTERS, MOST_ROOT_FIELDS, MOST_TOKENS

JSON = {"Content-Type": "application/json"}


def post(api, content, headers=JSON):
    return api.http.post("/graphql", content=content, headers=headers)


def refused(answer, status, words):
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    assert words in error["message"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"\xef\xbb\xbf{}", "no query"),
        (b"[" * 100_000, "no JSON"),
        (b'{"query": ' + b'{"a":' * 50_000, "no JSON"),
        (b"5", "no JSON object"),
        (b'"x"', "no JSON object"),
        (b"null", "no JSON object"),
        (b"true", "no JSON object"),
        (b"NaN", "no JSON object"),
        (b"[]", "batches are not served"),
        (b'[{"query": "{ __typename }"}]', "batches are not served"),
        (b"{}", "no query"),
        (b'{"query": ""}', "no query"),
        (b'{"query": "  "}', "no query"),
        (b'{"query": 5}', "no query"),
        (b'{"query": null}', "no query"),
        (b'{"query": "{ __typename }", "variables": []}', "variables must be an object"),
        (b'{"query": "{ __typename }", "variables": "{}"}', "variables must be an object"),
        (b'{"query": "{ __typename }", "operationName": 5}', "operationName must be text"),
        (b'{"query": "{ __typename }", "operationName": "other"}', "other"),
        (b'{"query": "query a { __typename } query b { __typename }"}', "operation"),
        (b'{"query": "subscription { x }"}', "subscription"),
        (b'{"query": "fragment f on Query { __typename }"}', "operation"),
    ],
)
def test_a_body_that_is_no_request_is_named(api, body, words):
    answer = post(api, body)
    assert answer.status_code in (200, 400), answer.text
    assert any(words.lower() in error["message"].lower() for error in answer.json()["errors"])


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_only_json_is_taken(api, kind):
    answer = post(api, b'{"query": "{ __typename }"}', {"Content-Type": kind})
    refused(answer, 415, "send application/json")


def test_json_is_taken_with_its_charset(api):
    answer = post(api, b'{"query": "{ __typename }"}', {"Content-Type": "Application/JSON; charset=utf-8"})
    assert answer.json() == {"data": {"__typename": "Query"}}


def test_two_megabytes_are_refused_before_they_are_parsed(api, monkeypatch):
    read = []
    monkeypatch.setattr("api.app.parsed_body", lambda body: read.append(len(body)))
    body = json.dumps({"query": "{ __typename }", "variables": {"x": "y" * 2_000_000}}).encode()
    refused(post(api, body), 413, "longer than")
    refused(post(api, (part for part in [body[:1_000_000], body[1_000_000:]])), 413, "longer than")  # no length given
    assert read == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(api, method):
    assert api.http.request(method, "/graphql", content=b"{}", headers=JSON).status_code == 405


def test_a_query_in_the_address_is_not_run(api):
    answer = api.http.get("/graphql", params={"query": "{ __typename }"})
    assert "__typename" not in answer.json() if "json" in answer.headers["content-type"] else answer.text


def nested(depth):
    return "{ genres { nodes " + "{ parents " * depth + "{ id }" + " }" * depth + " } }"


def fragments(count, spread=2):
    chain = " ".join(f"fragment f{n} on Query {{ {f'...f{n + 1} ' * spread} }}" for n in range(count))
    return f"{{ ...f0 }} {chain} fragment f{count} on Query {{ health {{ ready }} }}"


COSTLY = (
    "{ "
    + " ".join(
        f"a{n}: genres(first: 100) {{ nodes {{ tracks(first: 100) {{ nodes {{ id name }} }} }} }}" for n in range(12)
    )
    + " }"
)
TYPE = "{ fields { type " * 8 + "{ name }" + " } }" * 8
REJECTED = {
    "nested too deeply": nested(40),
    "nested so deeply that no parser goes there": nested(3_000),
    "a chain of forty fragments, doubled at each": fragments(40),
    "more characters than are read": "{ __typename } #" + "x" * MOST_CHARACTERS,
    "more tokens than are read": "{ " + "a " * (MOST_TOKENS + 10) + "}",
    "more fields at the root than are run": "{ "
    + " ".join(f"a{n}: __typename" for n in range(MOST_ROOT_FIELDS + 1))
    + " }",
    "pages of pages": COSTLY,
    "directives without end": "{ __typename " + "@include(if: true) " * 200 + "}",
}


@pytest.mark.parametrize("document", REJECTED.values(), ids=REJECTED.keys())
def test_too_much_is_refused_before_it_is_validated_or_run(api, document, statements, monkeypatch):
    validated = []
    monkeypatch.setattr(documents, "validate", lambda *args, **kwargs: validated.append(args) or [])
    answer = api.answer(document)
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] in ("QUERY_REJECTED", "BAD_QUERY")
    assert len(error["message"]) < 200
    assert (validated, statements) == ([], [])


@pytest.mark.parametrize(
    "document",
    [
        "{ ...f } fragment f on Query { ...f }",
        "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }",
        "{ ...nothing }",
        "{ nothing }",
        "{ __schema { types " + TYPE + " } }",
        "{ health { ready ",
        "{ health }",
        "query ($a: ID!) { user(id: $b) { id } }",
        "query ($a: Nothing) { __typename }",
        "\u0000",
        "{ health { ready } } }",
        "mutation { recordEvents(events: [{}]) { accepted } }",
        "{ " + " ".join(f"...f{n}" for n in range(15)) + " }",
    ],
)
def test_a_document_that_does_not_hold_is_refused_unrun(api, document, statements):
    answer = api.answer(document)
    assert answer["data"] is None
    assert answer["errors"]
    assert all(error["extensions"]["code"] == "BAD_QUERY" for error in answer["errors"])
    assert statements == []


@pytest.mark.parametrize("spread", [1, 2, 10])
@pytest.mark.parametrize("count", [16, 40, 100])
def test_each_fragment_is_measured_once_however_often_it_is_spread(count, spread, monkeypatch):
    visits = []
    measure = documents.refusal.__globals__["_Measure"]
    inner = measure.selection
    monkeypatch.setattr(measure, "selection", lambda self, node: visits.append(1) or inner(self, node))
    documents.refusal(documents.parse(fragments(count, spread)))
    assert len(visits) <= count * spread + 5 * count


def test_what_a_plain_page_asks_is_allowed(api):
    full = """{ __schema { types { name description fields { name description args { name }
      type { name kind ofType { name } } } } } }"""
    assert "errors" not in api.answer(full)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"user": None},
        {"user": 5.5},
        {"user": ["a"]},
        {"user": {"a": 1}},
        {"user": True},
        {"user": "x", "first": "many"},
        {"user": "x", "first": 10**30},
    ],
)
def test_variables_of_another_type_are_the_callers_mistake(api, variables):
    query = "query ($user: ID!, $first: Int) { recommendations(input: {userId: $user}, first: $first) { __typename } }"
    answer = api.answer(query, **variables)
    assert answer["data"] is None
    assert all(error["extensions"]["code"] == "BAD_QUERY" for error in answer["errors"])


@pytest.mark.parametrize("variables", [{"u": "\ud800"}, {"u": "x", "\udfff": 1}])
def test_half_a_character_is_refused_before_it_is_sent_anywhere(api, variables, statements):
    query = "query ($u: ID!) { recommendations(input: {userId: $u}) { __typename } user(id: $u) { id } }"
    body = json.dumps({"query": query, "variables": variables}).encode()  # written as an escape
    refused(post(api, body), 400, "no JSON in UTF-8")
    assert statements == []


def test_a_pair_of_escapes_is_a_character(api):
    query = "query ($t: String!) { search(text: $t) { edges { cursor } } }"
    body = json.dumps({"query": query, "variables": {"t": "a \U0001d11e"}})
    assert "\\ud834" in body
    assert "errors" not in post(api, body.encode()).json()


def test_an_answer_after_all_this(api):
    assert api.data("{ health { ready } }")["health"]["ready"]
