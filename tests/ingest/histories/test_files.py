"""Files as they come: zip files, large files, byte order marks, lines without end."""

from __future__ import annotations

import json
import zipfile

import pytest

from graph.errors import SourceError
from ingest.formats.files import Tally
from ingest.histories import files
from ingest.histories.files import Lines, Part, objects, parts, records
from ingest.source import EVENT, batches
from ingest.sources import SOURCES


def part_of(path):
    return Part(path, path.name, None, path.stat().st_size)


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


class TestZip:
    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "LARGEST_ZIP", 1000)
        bomb = zipped(tmp_path / "bomb.zip", StreamingHistory0__json="0" * 2000)
        with pytest.raises(SourceError, match="unpacks to 2000 bytes, more than the 1000 allowed"):
            SOURCES["spotify"](bomb).extract()

    def test_members_that_nobody_wants_do_not_count(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "LARGEST_ZIP", 1000)
        path = zipped(tmp_path / "data.zip", Userdata__json="0" * 2000, endsong_0__json="[]")
        assert [part.name for part in SOURCES["spotify"](path).extract()] == ["endsong_0.json"]

    def test_cut_off(self, tmp_path):
        path = zipped(tmp_path / "data.zip", endsong_0__json=json.dumps(list(range(5000))))
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(SourceError, match="cannot be unpacked"):
            SOURCES["spotify"](path).extract()

    def test_damaged_within(self, tmp_path):
        path = zipped(tmp_path / "data.zip", endsong_0__json=json.dumps(list(range(5000))))
        content = bytearray(path.read_bytes())
        content[200:260] = b"\x55" * 60
        path.write_bytes(content)
        with pytest.raises(SourceError, match=r"endsong_0\.json: cannot be unpacked"):
            list(batches(SOURCES["spotify"](path)))

    def test_nothing_in_it(self, tmp_path):
        with pytest.raises(SourceError, match="holds nothing of"):
            SOURCES["maloja"](zipped(tmp_path / "data.zip", other__txt="x")).extract()


class TestLargeDocuments:
    """A file above the limit is read object by object, with the same outcome."""

    @pytest.fixture(params=[1 << 26, 10])
    def limit(self, request, monkeypatch):
        monkeypatch.setattr(files, "LARGEST_DOCUMENT", request.param)
        return request.param

    @pytest.mark.parametrize(("name", "file"), [("maloja", "maloja"), ("spotify", "spotify/endsong_0.json")])
    def test_events(self, fixtures, found, limit, name, file):
        assert len(found(SOURCES[name](fixtures / file)).records[EVENT]) == 2

    @pytest.mark.parametrize(
        "text", ['{"scrobbles": [{"time": 1},', '{"scrobbles": 5}', "{}", "[1]", '{"scrobbles": [NaN', "\xff"]
    )
    def test_damage_is_one_line(self, tmp_path, limit, text):
        (tmp_path / "maloja.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(SourceError, match=r"maloja\.json"):
            list(objects(part_of(tmp_path / "maloja.json"), "scrobbles.item"))

    def test_a_byte_order_mark(self, tmp_path, limit):
        (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf[1.5, 2]")
        assert list(objects(part_of(tmp_path / "x.json"), "item")) == [1.5, 2]


class TestLines:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_marks_and_line_ends(self, tmp_path, encoding):
        (tmp_path / "x.txt").write_bytes("Слот\r\n\nb".encode(encoding))
        assert list(Lines(part_of(tmp_path / "x.txt"), Tally())) == ["Слот", "", "b"]

    def test_a_line_that_is_not_in_the_encoding_is_counted_and_the_next_is_read(self, tmp_path):
        (tmp_path / "x.txt").write_bytes(b"a\nN\xe4dir\nb\n")
        tally = Tally()
        assert list(Lines(part_of(tmp_path / "x.txt"), tally)) == ["a", "b"]
        assert [(r.reason, r.count, r.examples) for r in tally.remarks()] == [
            ("not utf-8: convert the file", 1, ("x.txt:2",))
        ]

    def test_a_line_without_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "LONGEST_LINE", 100)
        (tmp_path / "x.txt").write_bytes(b"ok\n" + b"y" * 500)
        with pytest.raises(SourceError, match=r"x\.txt:2: a line of more than 100 bytes"):
            list(Lines(part_of(tmp_path / "x.txt"), Tally()))

    def test_a_field_beyond_all_measure_costs_its_lines_only(self, tmp_path):
        (tmp_path / "x.csv").write_text(f'a,b\n1,"{"y" * 200_000}"\n3,4\n')
        tally = Tally()
        lines = Lines(part_of(tmp_path / "x.csv"), tally)
        assert list(records(lines, iter(lines), tally)) == [["a", "b"], ["3", "4"]]
        assert sum(remark.count for remark in tally.remarks()) == 1


def test_a_link_that_leads_nowhere_is_no_file(tmp_path):
    (tmp_path / "endsong_0.json").symlink_to(tmp_path / "gone")
    with pytest.raises(SourceError, match="holds nothing of"):
        parts(tmp_path, lambda _: True, "anything")
