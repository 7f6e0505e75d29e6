"""ListenBrainz: exports, dumps, pages; recordings by MBID, and what MusicBrainz's tables add."""

from __future__ import annotations

import json
import zipfile

import pytest

from graph.errors import SourceError
from ingest.source import EVENT, batches
from ingest.sources.listenbrainz.source import ListenBrainz

NADIR, MAREN, OAK = (f"mbid:00000000-0000-4000-8000-0000000000a{n}" for n in (1, 2, 3))


def listen(at=1704100000, artist="Nadir", title="Slow Ferry", **others):
    return {"listened_at": at, "track_metadata": {"artist_name": artist, "track_name": title, **others}}


def lines(*listens):
    return "\n".join(map(json.dumps, listens))


def test_listens_without_artist_or_title_and_lines_without_json_are_counted(fixtures, found):
    read = found(ListenBrainz(fixtures / "listenbrainz/listens"))
    assert len(read.records[EVENT]) == 3
    assert read.rejected() == {
        "no title": 1,
        "no artist (empty, Unknown Artist or <Untagged>)": 1,
        "no JSON": 1,
    }
    assert [remark.examples for remark in read.records[EVENT].rejected][-1] == ("2024/1.jsonl:5",)


def test_ids_and_artists_of_a_credit(fixtures, found):
    read = found(ListenBrainz(fixtures / "listenbrainz/listens"))
    assert read.ids_of()["Slow Ferry"] == [
        "mbid:00000000-0000-4000-8000-0000000000b1",
        "isrc:QZAAA1900001",
        "spotify:track:0000000000000000000001",
        "msid:00000000-0000-4000-8000-0000000000c1",
    ]
    assert {credit for credit in read.credits if credit[0] == "Tide Pool"} == {
        ("Tide Pool", "Maren", 0),
        ("Tide Pool", "Nadir", 1),
    }
    assert (read.ids_of("artist")["Maren"], read.ids_of("artist")["Nadir"]) == ([MAREN], [NADIR])
    assert dict(read.rows("track", "name", "durationMs"))["Tide Pool"] == 238_000


def test_dumps_name_their_users(fixtures, found):
    read = found(ListenBrainz(fixtures / "listenbrainz/1.listens"))
    assert read.rows("user", "id", "name") == [
        ("listenbrainz:user:3", "mariner"),
        ("listenbrainz:user:4", "lamplighter"),
    ]


def test_one_user_of_ours_for_the_listens_of_several_is_refused(fixtures):
    with pytest.raises(SourceError, match="several users; leave --user out"):
        list(batches(ListenBrainz(fixtures / "listenbrainz/1.listens", user="me")))


def test_musicbrainz_completes_what_lies_beside_it(fixtures, found):
    read = found(ListenBrainz(fixtures / "listenbrainz"))
    # a spelling without id -> its recording -> the canonical one, which another listen has already
    assert read.records["track"].merged == 1
    assert {track for track, _, _ in read.credits} == {"Slow Ferry", "Tide Pool", "Foghorn", "Duet for Two"}
    assert {("Duet for Two", "Maren", 0), ("Duet for Two", "Oak, the Elder", 1)} <= read.credits
    assert read.ids_of("artist")["Oak, the Elder"] == [OAK]
    assert "mbid" not in str(read.ids_of()["Foghorn"])  # a match of low quality is not believed
    assert len(read.records[EVENT]) == 5


def test_a_single_file_sees_its_neighbours_of_musicbrainz_and_no_others(fixtures, found):
    read = found(ListenBrainz(fixtures / "listenbrainz/1.listens"))
    assert {track for track, _, _ in read.credits} == {"Slow Ferry", "Duet for Two"}
    assert len(read.records[EVENT]) == 2


def test_a_table_of_musicbrainz_without_its_columns_is_one_line(written):
    folder = written(listens__jsonl=lines(listen()), musicbrainz_artist__csv="id,nom\n1,x\n")
    with pytest.raises(SourceError, match=r"musicbrainz_artist\.csv: lacks the column\(s\) artist_mbid, name"):
        list(batches(ListenBrainz(folder)))


@pytest.mark.parametrize(
    "text",
    [
        lines(listen(), listen(at=1704100001)),
        "\ufeff" + lines(listen(), listen(at=1704100001)) + "\r\n\r\n",
        json.dumps([listen(), listen(at=1704100001)], indent=1),
        json.dumps({"payload": {"count": 2, "listens": [listen(), listen(at=1704100001)]}}, indent=1),
    ],
    ids=["lines", "with a mark and blank lines", "list of an older export", "page of the API"],
)
def test_all_shapes(written, found, text):
    assert [event[:2] for event in found(ListenBrainz(written(listens__jsonl=text))).events] == [
        ("PLAY", "Slow Ferry"),
        ("PLAY", "Slow Ferry"),
    ]


def test_the_same_listen_in_export_and_dump_has_one_key(written, found):
    msid = "00000000-0000-4000-8000-0000000000c1"
    export = listen(recording_msid=msid)
    dump = {"timestamp": 1704100000, "recording_msid": msid, "track_metadata": listen()["track_metadata"]}
    read = found(ListenBrainz(written(a__jsonl=lines(export), b__listens=lines(dump))))
    assert (len(read.records[EVENT]), read.rejected()) == (1, {"repeated": 1})


def test_a_zip_file_without_its_feedback(found, tmp_path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("feedback.jsonl", '{"score": 1}')
        archive.writestr("listens/2024/1.jsonl", lines(listen()))
    assert len(found(ListenBrainz(tmp_path / "export.zip", user="me")).events) == 1


def test_a_file_of_something_else_is_one_line(written):
    with pytest.raises(SourceError, match="no line of it is a listen"):
        list(batches(ListenBrainz(written(listens__jsonl='{"a": 1}\n{"b": 2}'))))
