"""What a user can mend is one line on standard error and exit code 2, and the corrected command then works."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gnn.registry import Registry
from graph.server.process import choose_port
from graph.store import GraphStore, Neo4jAddress

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
AT_ONCE = 3


@pytest.fixture(scope="module")
def user(world_store: GraphStore) -> str:
    return str(next(iter(world_store.read("read/export_played")))["source"])


@pytest.fixture(scope="module")
def external(phonograph: Any, trained: Any, world_store: GraphStore) -> Any:
    """The user of the trained home, who names its server by address: damaged copies of the home share the graph."""
    address = world_store.address
    return phonograph.having(NEO4J__URI=address.uri, NEO4J__PASSWORD=address.password)


def copied(external: Any, home: Path, folder: Path) -> tuple[Any, Path]:
    """A user with a copy of the home's models, and the folder of the live one."""
    shutil.copytree(home / "models", folder / "models")
    return external.having(HOME=str(folder)), Registry(folder / "models").path()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.fixture(scope="module")
def complaints(
    phonograph: Any, external: Any, home: Path, user: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Every failing command once, a few at a time; results by name."""
    folder = tmp_path_factory.mktemp("complaints")
    (folder / "empty").mkdir()
    songs = shutil.copytree(FIXTURES / "spotify-songs-tidytuesday", folder / "songs")
    table = next(songs.glob("*.csv"))
    table.write_text(table.read_text(encoding="utf-8").replace("track_id", "number", 1), encoding="utf-8")
    lfm1m = shutil.copytree(FIXTURES / "lfm1m-kg", folder / "lfm1m")
    truncate(lfm1m / "mapping" / "valid.txt.gz")
    damaged = {}
    for name, damage in {"flipped": flip, "truncated": truncate, "gone": Path.unlink}.items():
        damaged[name], version = copied(external, home, folder / name)
        damage(version / "tower.npz")
    damaged["manifest"], version = copied(external, home, folder / "manifest")
    flip_text = (version / "manifest.json").read_text(encoding="utf-8")[:-20]
    (version / "manifest.json").write_text(flip_text, encoding="utf-8")
    damaged["pointer"], version = copied(external, home, folder / "pointer")
    (version.parent / "CURRENT").write_text("nonsense", encoding="utf-8")
    away = f"bolt://127.0.0.1:{choose_port()}"
    commands = {
        "unknown user": (external, "recommend", "nobody", "--json"),
        "unknown surface": (external, "recommend", user, "--surface", "attic"),
        "unknown track": (external, "explain", user, "no-such-track"),
        "impossible week": (external, "weekly", user, "--week", "2026-W99"),
        "unknown setting": (phonograph.having(FOO="1"), "status"),
        "wrong value": (phonograph.having(WORKERS="many"), "status", "--json"),
        "wrong nested value": (phonograph.having(SERVE__PORT="99999"), "status"),
        "unknown memory plan": (phonograph.having(NEO4J__MEMORY="huge", HOME=str(folder / "new")), "up"),
        "unknown source": (phonograph, "import", "vinyl", str(folder)),
        "empty folder": (phonograph, "import", "lfm1m", str(folder / "empty")),
        "no folder": (phonograph, "import", "hetrec", str(folder / "absent"), "--json"),
        "missing columns": (phonograph, "import", "tidytuesday", str(songs)),
        "truncated gz": (phonograph, "import", "lfm1m", str(lfm1m)),
        "database away": (external.having(NEO4J__URI=away), "recommend", user),
        "wrong password": (external.having(NEO4J__PASSWORD="not-this-one"), "recommend", user),
        "flipped byte": (damaged["flipped"], "recommend", user, "--json"),
        "truncated file": (damaged["truncated"], "weekly", user),
        "missing file": (damaged["gone"], "recommend", user),
        "manifest": (damaged["manifest"], "recommend", user),
        "pointer": (damaged["pointer"], "recommend", user),
        "no model": (external.having(HOME=str(folder / "new")), "recommend", user),
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = {name: pool.submit(caller, *words) for name, (caller, *words) in commands.items()}
        yield {name: future.result() for name, future in ended.items()}


LINES = {
    "unknown user": "there is no user 'nobody': ",
    "unknown surface": "unknown surface 'attic': .*home",
    "unknown track": "track 'no-such-track' is not in model ",
    "impossible week": "'2026-W99' is no ISO week: ",
    "unknown setting": "unknown setting PHONOGRAPH_FOO: choose one of .*PHONOGRAPH_HOME",
    "wrong value": "PHONOGRAPH_WORKERS cannot be 'many': ",
    "wrong nested value": "PHONOGRAPH_SERVE__PORT cannot be '99999': ",
    "unknown memory plan": ".*'huge'.*laptop",
    "unknown source": "unknown source 'vinyl': use one of .*lfm1m",
    "empty folder": ".*/empty: the folder is empty; .* needs ",
    "no folder": ".*/absent: ",
    "missing columns": r".*\.csv: lacks the column\(s\) track_id; ",
    "truncated gz": r".*/valid\.txt\.gz: ",
    "database away": "Neo4j at bolt://127.0.0.1:.* does not answer: ",
    "wrong password": "Neo4j at bolt://.* refuses user 'neo4j': ",
    "flipped byte": r"model .*: tower\.npz differs from its manifest; run `phonograph train`",
    "truncated file": r"model .*: tower\.npz differs from its manifest; run `phonograph train`",
    "missing file": r"model .*: tower\.npz is missing; run `phonograph train`",
    "manifest": r"model .*: manifest\.json cannot be read; run `phonograph train`",
    "pointer": ".*/CURRENT cannot be read: remove it and run `phonograph train`",
    "no model": "no model has been published: run `phonograph train`",
}


@pytest.mark.parametrize("name", LINES)
def test_one_line_and_code_2(complaints: dict[str, Any], name: str) -> None:
    line = complaints[name].complaint
    assert re.match(LINES[name], line), line


def test_every_command_that_fails_is_looked_at(complaints: dict[str, Any]) -> None:
    assert set(complaints) == set(LINES)


def test_the_whole_model_still_answers_after_all_of_them(
    complaints: Any, external: Any, trained: Any, user: str
) -> None:
    assert external("recommend", user, "--n", "1", "--json").answer["modelVersion"] == trained["version"]


def test_an_empty_graph_is_said_and_a_mended_folder_is_imported(
    elsewhere: Any, neo4j_server: Neo4jAddress, store: GraphStore, tmp_path: Path
) -> None:
    assert re.match("the graph holds 0 played tracks, training needs 100: ", elsewhere("train").complaint)
    folder = shutil.copytree(FIXTURES / "lfm1m-kg", tmp_path / "lfm1m")
    plays = folder / "mapping" / "valid.txt.gz"
    whole = plays.read_bytes()
    truncate(plays)
    assert str(plays) in elsewhere("import", "lfm1m", str(folder), "--json").complaint
    assert list(store.stream("read/export_user")) == []  # read to its end before anything is written
    plays.write_bytes(whole)
    report = elsewhere("import", "lfm1m", str(folder), "--json").answer
    assert report["kinds"]["played"]["written"] > 0
    assert len(list(store.stream("read/export_user"))) == report["kinds"]["user"]["written"]
