"""The headers of statements are held against their text, and every file in the folders is found."""

from __future__ import annotations

from pathlib import Path

import pytest

import cypher

TEXT = """\
// What a user played.
// params: user, limit
// returns: track, count
MATCH (u:User {id: $user})-[p:PLAYED]->(t:Track)
RETURN t.id AS track, p.count AS count
ORDER BY count DESC, track LIMIT $limit
"""


def test_header_is_read() -> None:
    statement = cypher.parse("read/played", TEXT)
    assert statement.about == "What a user played."
    assert statement.params == ("user", "limit")
    assert statement.returns == ("track", "count")
    assert statement.text == TEXT


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("// params: user, limit", "// params: user", "header names params ['user'], text uses ['limit', 'user']"),
        ("// params: user, limit", "// params: limit, user, week", "header names params ['limit', 'user', 'week']"),
        ("// returns: track, count", "// returns: count, track", "header names columns ('count', 'track')"),
        ("p.count AS count", "p.count AS plays", "text returns ('track', 'plays')"),
        ("// returns: track, count\n", "", "needs three header lines"),
        ("// What a user played.\n", "", "needs three header lines"),
    ],
)
def test_header_that_lies_is_refused(before: str, after: str, message: str) -> None:
    with pytest.raises(cypher.StatementError) as raised:
        cypher.parse("read/played", TEXT.replace(before, after))
    assert message in str(raised.value)
    assert str(raised.value).startswith("read/played: ")


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ("MATCH (t:Track) SET t.name = 'RETURN x AS y, $no // not a remark'", ()),
        ("MATCH (n) CALL (n) { MATCH (n)--(m) RETURN m } RETURN n.id AS id", ("id",)),
        (
            "MATCH (n) RETURN n.id AS id, COLLECT { MATCH (n)--(m) RETURN m.id ORDER BY m.id LIMIT 2 } AS near",
            ("id", "near"),
        ),
        (
            "MATCH (n) WHERE EXISTS { (n)--() } RETURN DISTINCT n.id AS id, [x IN n.list | [x, 1]] AS pairs",
            ("id", "pairs"),
        ),
        (
            "MATCH (n) RETURN n {.id, .name} AS node, {a: 1, b: [1, 2]} AS map, coalesce(n.x, 0) AS x",
            ("node", "map", "x"),
        ),
        ("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10 ROWS", ()),
        ("MATCH (n) RETURN n.id AS id UNION MATCH (n) RETURN n.name AS id", ("id",)),
    ],
)
def test_columns_are_those_of_the_statement_itself(body: str, columns: tuple[str, ...]) -> None:
    header = f"// About.\n// params: none\n// returns: {', '.join(columns) or 'none'}\n"
    assert cypher.parse("read/x", header + body).returns == columns


def test_absent_statement_is_named() -> None:
    with pytest.raises(cypher.StatementError, match="read/no_such: no such statement in cypher/"):
        cypher.statement("read/no_such")


def test_every_file_lies_in_a_known_folder() -> None:
    root = Path(cypher.__file__).parent
    on_disk = {str(path.relative_to(root).with_suffix("")) for path in root.rglob("*.cypher")}
    assert on_disk == {name for folder in cypher.FOLDERS for name in cypher.names(folder)}
    assert "schema/0001_user_id" in on_disk
