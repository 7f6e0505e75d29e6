"""A version is whole or absent, the pointer moves in one step, and records say what happened."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from gnn import manifest
from gnn.index import build_annoy
from gnn.records import Cause
from gnn.registry import Registry
from graph.errors import BundleDamagedError, ModelError, NoModelError


def whole(version, content="arrays"):
    """Writes a version of one file."""

    def write(folder):
        (folder / "arrays").write_text(content)
        manifest.write(folder, version, {"watermark": 1})

    return write


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "models")


@pytest.fixture
def three(registry):
    """v1 was live, v2 is, v3 is a candidate."""
    for at, version in enumerate(("v1", "v2", "v3")):
        registry.publish(version, whole(version), Cause(at, "train", "nightly"))
    registry.promote("v1", Cause(10, "ann", "first"))
    registry.promote("v2", Cause(20, "ann", "better"))
    return registry


def test_nothing_is_live_at_first(registry):
    assert registry.current() is None
    assert registry.versions() == []
    with pytest.raises(NoModelError, match="run `phonograph train`"):
        registry.path()
    with pytest.raises(NoModelError, match="not in the registry"):
        registry.promote("v1")
    with pytest.raises(NoModelError, match="run `phonograph train`"):
        registry.rollback()


def test_publish_then_promote(registry):
    registry.publish("v1", whole("v1"))
    assert registry.current() is None
    assert registry.state("v1") == "candidate"
    registry.promote("v1")
    assert (registry.current(), registry.state("v1")) == ("v1", "live")
    assert registry.path() == registry.folder / "v1"


def test_the_record_tells_the_story(three):
    assert [three.state(version) for version in three.versions()] == ["retired", "live", "candidate"]
    story = [(step.to, step.cause.at, step.cause.by, step.cause.why) for step in three.record("v1").history]
    assert story == [
        ("candidate", 0, "train", "nightly"),
        ("live", 10, "ann", "first"),
        ("retired", 20, "ann", "better"),
    ]


def test_rollback_goes_back_and_forth(three):
    assert three.rollback(Cause(30, "ann", "worse lists")) == "v1"
    assert (three.current(), three.state("v1"), three.state("v2")) == ("v1", "live", "retired")
    assert three.rollback(Cause(40, "ann", "no, they were fine")) == "v2"
    assert [step.to for step in three.record("v2").history] == ["candidate", "live", "retired", "live"]


def test_nothing_to_roll_back_to(registry):
    registry.publish("v1", whole("v1"))
    registry.promote("v1")
    with pytest.raises(ModelError, match="nothing was live before"):
        registry.rollback()


def test_a_rejected_version_is_promoted_by_force_only(three):
    three.reject("v3", Cause(30, "gate", "does not beat ALS"))
    with pytest.raises(ModelError, match=r"v3 was rejected \(does not beat ALS\)"):
        three.promote("v3")
    three.promote("v3", force=True)
    assert three.current() == "v3"
    with pytest.raises(ModelError, match="v3 is live"):
        three.reject("v3", Cause(40, "ann", "?"))


def test_old_versions_go_but_not_those_in_use(registry):
    for number in range(9):
        registry.publish(f"v{number}", whole(f"v{number}"))
    registry.promote("v1")
    registry.promote("v3")
    registry.pin("v0")
    assert registry.collect(keep=2, cause=Cause(5, "cron", "old")) == ["v2", "v4", "v5", "v6"]
    assert registry.versions() == ["v0", "v1", "v3", "v7", "v8"]
    assert (registry.state("v2"), registry.state("v1")) == ("removed", "retired")
    registry.pin("v0", pinned=False)
    assert registry.collect(keep=2) == ["v0"]


def test_versions_go_by_the_start_of_their_name(three):
    assert three.named("v2") == "v2"
    three.publish("w-2026", whole("w-2026"))
    assert three.named("w") == "w-2026"
    with pytest.raises(NoModelError, match="may be any of v1, v2, v3"):
        three.named("v")
    with pytest.raises(NoModelError, match="x is not in the registry"):
        three.named("x")


@pytest.mark.parametrize("version", ["..", ".", "records", "../other", "v1/../v1", ""])
def test_a_name_never_leads_out_of_the_folder(three, version):
    if not version:
        assert three.path(version) == three.path()  # no name is the live version
        return
    with pytest.raises(NoModelError, match="not in the registry"):
        three.path(version)


def test_a_failed_write_leaves_nothing(registry):
    def breaks(folder):
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelError, match=r"cannot publish model v1 .*: No space left"):
        registry.publish("v1", breaks)
    assert list(registry.folder.glob(".publishing-*")) == []
    assert visible(registry.folder) == []


def test_what_is_not_as_its_manifest_says_is_not_published(registry):
    def lies(folder):
        whole("v1")(folder)
        (folder / "arrays").write_text("cut short")

    with pytest.raises(BundleDamagedError, match="v1: arrays differs from its manifest"):
        registry.publish("v1", lies)
    assert registry.versions() == []


def test_a_version_is_never_overwritten(registry):
    registry.publish("v1", whole("v1"))
    with pytest.raises(ModelError, match="exists already"):
        registry.publish("v1", whole("v1", "other"))
    assert (registry.path("v1") / "arrays").read_text() == "arrays"


def test_two_publishers_of_one_version_make_one(registry):
    both, errors = threading.Barrier(2), []

    def publish(content):
        def write(folder):
            whole("v1", content)(folder)
            both.wait(20)

        try:
            registry.publish("v1", write)
        except ModelError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=publish, args=(content,)) for content in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 1
    assert "exists already" in errors[0]
    manifest.verify(registry.path("v1"))
    assert visible(registry.folder) == ["records", "v1"]


def test_two_publishers_of_two_versions_do_not_disturb_each_other(registry):
    inside, done = threading.Event(), threading.Event()

    def slow(folder):
        inside.set()
        assert done.wait(20)
        whole("slow")(folder)

    thread = threading.Thread(target=registry.publish, args=("slow", slow))
    thread.start()
    assert inside.wait(20)
    registry.publish("quick", whole("quick"))  # sweeps, but not what another is writing
    registry.promote("quick")
    done.set()
    thread.join()
    assert registry.versions() == ["quick", "slow"]


def test_a_damaged_version_cannot_become_live(three):
    (three.path("v3") / "arrays").write_text("flipped")
    with pytest.raises(BundleDamagedError, match="v3: arrays differs"):
        three.promote("v3")
    (three.path("v1") / "arrays").unlink()
    with pytest.raises(BundleDamagedError, match="v1: arrays is missing"):
        three.rollback()
    assert three.current() == "v2"


def test_a_version_that_is_not_there_cannot_be_promoted(three):
    with pytest.raises(NoModelError, match="v9"):
        three.promote("v9")


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 3}', ""])
def test_a_damaged_pointer_is_one_clear_line(three, text):
    (three.folder / "CURRENT").write_text(text)
    with pytest.raises(ModelError, match="CURRENT cannot be read: remove it"):
        three.current()


def test_a_pointer_of_before_there_were_causes_is_read(three):
    (three.folder / "CURRENT").write_text('{"version": "v3", "previous": "v2"}')
    assert (three.current(), three.state("v3"), three.state("v2")) == ("v3", "live", "retired")
    three.promote("v1")
    assert [step.to for step in three.record("v3").history] == ["candidate", "live", "retired"]


@pytest.mark.parametrize("text", ["{", "[]", '{"history": [{"to": "unheard of"}], "pinned": 1, "gate": {}}'])
def test_a_damaged_record_costs_the_story_not_the_version(three, text):
    (three.folder / "records" / "v2.json").write_text(text)
    assert (three.current(), three.state("v2")) == ("v2", "live")
    three.rollback()
    assert (three.current(), three.state("v2")) == ("v1", "retired")


def test_a_link_is_no_part_of_a_version(three, tmp_path):
    file = three.path("v3") / "arrays"
    (tmp_path / "elsewhere").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleDamagedError, match="v3: arrays leads out of its folder"):
        manifest.verify(three.path("v3"))


def forge(folder, **changes):
    """A manifest with other claims and a digest that fits them."""
    said = json.loads((folder / manifest.NAME).read_text())
    (folder / manifest.NAME).write_text(manifest._text(said | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": manifest.FORMAT + 1}, "names format"),
        ({"version": "v2"}, "is that of version v2"),
        ({"files": {"../v1/arrays": {"sha256": "", "bytes": 0}}}, r"\.\./v1/arrays leads out"),
        ({"files": []}, "cannot be read"),
    ],
)
def test_a_foreign_manifest_is_refused(three, changes, message):
    forge(three.path("v3"), **changes)
    with pytest.raises(BundleDamagedError, match=f"v3: .*{message}"):
        manifest.verify(three.path("v3"))


def test_a_version_under_another_name_is_refused(three):
    os.rename(three.path("v3"), three.folder / "v4")
    with pytest.raises(BundleDamagedError, match=r"v4: manifest\.json is that of version v3"):
        three.promote("v4")


def test_a_killed_publisher_leaves_no_version_and_is_swept(registry):
    program = f"""
import os, signal
from pathlib import Path
from gnn.registry import Registry
def write(folder):
    (folder / "half").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
Registry(Path({str(registry.folder)!r})).publish("v1", write)
"""
    killed = subprocess.run([sys.executable, "-c", program], check=False, env={**os.environ})
    assert killed.returncode == -9
    assert registry.versions() == []
    assert len(list(registry.folder.glob(".publishing-*"))) == 1
    registry.publish("v1", whole("v1"))
    assert registry.versions() == ["v1"]
    assert list(registry.folder.glob(".publishing-*")) == []


@pytest.fixture
def small_disk():
    """A real file system of 256 kB, outside of what pytest removes."""
    folder = Path(tempfile.mkdtemp())
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_leaves_what_was_there(small_disk):
    registry = Registry(small_disk / "models")
    registry.publish("v1", whole("v1"))
    registry.promote("v1")
    with pytest.raises(ModelError, match=r"cannot publish model v2 .*: No space left on device"):
        registry.publish("v2", whole("v2", "x" * 400_000))
    assert (registry.versions(), registry.current()) == (["v1"], "v1")
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "filler").write_bytes(b"x" * 400_000)  # whatever there is
    with pytest.raises(ModelError, match="No space left on device"):
        registry.publish("v3", whole("v3"))
    assert (registry.versions(), registry.current()) == (["v1"], "v1")
    (small_disk / "filler").unlink()
    registry.publish("v3", whole("v3"))
    registry.promote("v3")
    assert visible(registry.folder) == ["CURRENT", "records", "v1", "v3"]


def test_a_read_only_folder_is_read_and_says_so_when_written(small_disk):
    registry = Registry(small_disk / "models")
    registry.publish("v1", whole("v1"))
    registry.promote("v1")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert registry.current() == "v1"
    manifest.verify(registry.path())
    for change in (
        lambda: registry.publish("v2", whole("v2")),
        lambda: registry.promote("v1"),
        registry.rollback,
        registry.collect,
        lambda: registry.pin("v1"),
    ):
        with pytest.raises(ModelError, match="Read-only file system"):
            change()


def test_an_index_on_a_full_disk_is_not_taken_for_a_whole_one(small_disk):
    vectors = np.random.default_rng(0).normal(size=(5_000, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with pytest.raises(Exception, match=r"(could not be written whole|Unable to write|No space left)"):
        build_annoy(vectors, small_disk / "index.ann")
