"""What the playlist formats say is taken over; what they say wrongly is counted with its place, or one clear line."""

from __future__ import annotations

import json
import pathlib

import pytest

from graph.errors import SourceError
from ingest.records import gather
from ingest.source import batches
from ingest.sources.jspf import Jspf
from ingest.sources.m3u import M3u
from ingest.sources.mpd import Mpd
from ingest.sources.xspf import Xspf

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"


def by_kind(source):
    return {batch.kind: batch for batch in batches(source)}


def told(remarks):
    return {remark.reason: remark.count for remark in remarks}


def rows(batch, *names):
    return list(zip(*(batch.columns[name] for name in names), strict=True))


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


class TestMillionPlaylists:
    def test_tracks_come_in_their_positions_with_ids_album_and_length(self):
        found = by_kind(Mpd(FIXTURES / "mpd"))
        assert rows(found["contains"], "source", "target", "position")[:2] == [
            ("mpd:playlist:0", "mpd:track:spotify-0000000000000000000001", 0),
            ("mpd:playlist:0", "mpd:track:spotify-0000000000000000000002", 1),
        ]
        assert rows(found["track"], "name", "album", "durationMs", "sourceIds")[1] == (
            "Slow Ferry",
            "Quay",
            201_000,
            ["spotify:track:0000000000000000000002"],
        )
        assert found["playlist"].columns["name"] == ["harbour walks", "Ünïcode ☂"]
        assert found["playlist"].columns["description"] == [None, "rain only"]

    def test_dirt_is_counted(self):
        found = by_kind(Mpd(FIXTURES / "mpd"))
        assert told(found["contains"].rejected) == {
            "in the playlist already: kept at its first place": 1,
            "no title": 1,
            "no object": 1,
            "entry of a repeated playlist": 1,
        }
        assert told(found["playlist"].rejected) == {"repeated playlist": 1, "no playlist with a pid": 1}
        assert told(found["track"].noted) == {
            "duration is no possible one: left out": 1,
            "identifier that says nothing: left out": 1,
            "num_tracks is not the number of its tracks": 1,
        }
        assert found["contains"].rejected[1].examples == ("mpd.slice.0-3.json: playlists[1].tracks[2]",)

    def test_a_slice_that_is_cut_off_says_how_far_it_went(self, tmp_path):
        text = (FIXTURES / "mpd/mpd.slice.0-3.json").read_bytes()
        path = written(tmp_path, "mpd.slice.0-3.json", text[: len(text) * 2 // 3])
        with pytest.raises(SourceError, match=r"damaged or cut off after 1 playlists .*; fetch the file again"):
            list(batches(Mpd(path)))

    @pytest.mark.parametrize("content", ['{"tracks": []}', "[]", '{"playlists": {}}'])
    def test_another_json_is_refused(self, tmp_path, content):
        with pytest.raises(SourceError, match="no slice of the Million Playlist Dataset"):
            list(batches(Mpd(written(tmp_path, "a.json", content))))


class TestJspf:
    def test_musicbrainz_ids_of_tracks_and_of_each_artist(self):
        found = by_kind(Jspf(FIXTURES / "jspf"))
        assert found["track"].columns["sourceIds"][0] == ["mbid:aaaaaaaa-0000-4000-8000-000000000001"]
        assert rows(found["performed_by"], "source", "target", "position")[:2] == [
            (
                "jspf:track:mbid-aaaaaaaa-0000-4000-8000-000000000001",
                f"jspf:artist:mbid-bbbbbbbb-0000-4000-8000-00000000000{n}",
                n - 1,
            )
            for n in (1, 2)
        ]
        assert found["playlist"].columns["createdAt"] == [1_709_532_000]
        assert found["contains"].columns["addedAt"] == [1_709_532_000, None, None, None]

    def test_isrc_and_address_become_ids_and_a_local_path_does_not(self):
        found = by_kind(Jspf(FIXTURES / "jspf"))["track"]
        assert rows(found, "id", "isrc", "sourceIds")[2] == (
            "jspf:track:isrc-GBAAA1200001",
            "GBAAA1200001",
            ["isrc:GBAAA1200001", "spotify:track:0000000000000000000005"],
        )
        assert "somebody" not in str(found.columns)

    def test_dirt_is_counted(self):
        found = by_kind(Jspf(FIXTURES / "jspf"))
        assert told(found["track"].rejected) == {"no title": 1, "no object": 1}
        assert told(found["track"].noted) == {
            "no artist named": 1,
            "identifier that says nothing: left out": 1,
            "duration is no possible one: left out": 1,
        }
        assert found["track"].merged == 1

    def test_several_playlists_in_one_file_and_keys_given_twice(self, tmp_path):
        track = '{"title": "A", "title": "B", "creator": "C"}'
        one = f'{{"playlist": {{"title": "T%d", "track": [{track}]}}}}'
        path = written(tmp_path, "a.jspf", f'{{"playlists": [{one % 1}, {one % 2}]}}')
        found = by_kind(Jspf(path))
        assert found["playlist"].columns["name"] == ["T1", "T2"]
        assert found["track"].columns["name"] == ["B"]
        assert told(found["track"].noted) == {"key given twice: the last one counts": 2}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "is empty"),
            (b'{"playlist": {"track": [', "no JSON .*cut off"),
            (b'{"playlist": {"title": "\xe9"}}', "not utf-8-sig at byte"),
            (b'{"tracks": []}', "no JSPF: the file must hold"),
            (b"[" * 100_000, "nested too deep"),
            (b'{"playlist": ' + b"9" * 5000 + b"}", "a number is too long"),
        ],
    )
    def test_a_file_that_is_none_is_one_line(self, tmp_path, content, message):
        with pytest.raises(SourceError, match=message) as raised:
            list(batches(Jspf(written(tmp_path, "a.jspf", content))))
        assert "\n" not in str(raised.value)

    def test_among_several_files_a_broken_one_is_reported(self, tmp_path):
        written(tmp_path, "good.jspf", '{"playlist": {"title": "T", "track": [{"title": "A", "creator": "B"}]}}')
        written(tmp_path, "bad.jspf", "{")
        found = by_kind(Jspf(tmp_path))
        assert found["playlist"].columns["name"] == ["T"]
        assert told(found["playlist"].rejected) == {"file that cannot be read": 1}
        assert "bad.jspf" in found["playlist"].rejected[0].examples[0]


class TestXspf:
    def test_a_playlist_is_read(self):
        found = by_kind(Xspf(FIXTURES / "xspf"))
        assert found["playlist"].columns["name"] == ["Mixtape & more"]
        assert found["playlist"].columns["createdAt"] == [1_105_222_247]
        assert rows(found["track"], "name", "album", "durationMs") == [
            ("Harbour Lights", "Lights", 180_000),
            ("Slow Ferry", None, None),
        ]
        assert told(found["contains"].rejected) == {
            "no title": 1,
            "in the playlist already: kept at its first place": 1,
        }
        assert "secret" not in str([batch.columns for batch in found.values()])

    @pytest.mark.parametrize(
        "declared",
        [
            '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">',
            '<!ENTITY a SYSTEM "file:///etc/hostname">',
            '<!ENTITY % a SYSTEM "http://example.org/a.dtd"> %a;',
        ],
    )
    def test_entities_are_refused(self, tmp_path, declared):
        track = "<track><title>&a;</title></track>"
        text = f"<!DOCTYPE playlist [{declared}]><playlist><trackList>{track}</trackList></playlist>"
        with pytest.raises(SourceError, match="refused: it declares XML entities"):
            list(batches(Xspf(written(tmp_path, "a.xspf", text))))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"<playlist><trackList>", "no XML .*damaged or cut off"),
            (b"<html><body/></html>", "no XSPF: .* its root is <html>"),
            (b'<?xml version="1.0" encoding="klingon"?><playlist/>', "no XML"),
            (b"<a>" * 50_000, "no XML"),
        ],
    )
    def test_a_file_that_is_none_is_one_line(self, tmp_path, content, message):
        with pytest.raises(SourceError, match=message) as raised:
            list(batches(Xspf(written(tmp_path, "a.xspf", content))))
        assert "\n" not in str(raised.value)


class TestM3u:
    def test_labels_paths_and_directives(self):
        found = by_kind(M3u(FIXTURES / "m3u/harbour.m3u8"))
        assert rows(found["track"], "name", "durationMs", "album") == [
            ("Harbour Lights", 180_000, "Lights"),
            ("In Port", None, None),
            ("Café", None, None),
            ("quiet", None, None),
            ("abc", None, None),
        ]
        assert found["artist"].columns["name"] == ["The Paper Kites Union", "Slow Ferry - Live", "Nadir"]
        assert found["playlist"].columns["name"] == ["Harbour walks"]
        assert found["track"].columns["sourceIds"][3] == ["https://example.org/streams/quiet.ogg"]
        assert told(found["track"].rejected) == {"no path after #EXTINF": 1}

    def test_an_old_file_is_read_as_cp1252_and_says_so(self):
        found = by_kind(M3u(FIXTURES / "m3u/old.m3u"))
        assert found["track"].columns["name"] == ["Café"]
        assert told(found["track"].noted) == {"not in UTF-8: read as cp1252": 1}

    def test_utf_16_with_its_mark_is_read(self, tmp_path):
        text = "#EXTM3U\n#EXTINF:1,Nadir - Fähre\na.mp3\n".encode("utf-16")
        assert by_kind(M3u(written(tmp_path, "a.m3u", text)))["track"].columns["name"] == ["Fähre"]

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9.9,\npiece0.ts\n", "belongs to a stream"),
            ("a.m3u8", b"#EXTM3U\n\xe9.mp3\n", "not utf-8-sig at byte 8"),
            ("a.m3u", b"\x00\x01\x02.mp3", "holds zero bytes"),
            ("a.m3u", b"#EXTM3U\n", "it names no track"),
        ],
    )
    def test_a_file_that_is_none_is_one_line(self, tmp_path, name, content, message):
        with pytest.raises(SourceError, match=message):
            list(batches(M3u(written(tmp_path, name, content))))


def hostile(title):
    """One track whose title is ``title``, in each format."""
    track = {"title": title, "creator": "A"}
    mpd = {"playlists": [{"pid": 1, "name": "P", "tracks": [{"track_name": title, "artist_name": "A"}]}]}
    return {
        Jspf: ("a.jspf", json.dumps({"playlist": {"title": "P", "track": [track]}})),
        Mpd: ("mpd.slice.0-1.json", json.dumps(mpd)),
        M3u: ("a.m3u", f"#EXTM3U\n#EXTART:A\n#EXTINF:1,A - {title}\na.mp3\n"),
        Xspf: (
            "a.xspf",
            f"<playlist><trackList><track><title>{title}</title><creator>A</creator></track></trackList></playlist>",
        ),
    }


@pytest.mark.parametrize("kind", [Jspf, Mpd, M3u, Xspf])
def test_a_name_of_a_million_characters_is_rejected_with_its_place(tmp_path, kind):
    name, content = hostile("x" * 1_000_000)[kind]
    found = gather(batches(kind(written(tmp_path, name, content))))
    assert told(found["track"].rejected) == {"title longer than 500 characters": 1}
    assert (found["track"].read, len(found["track"]), len(found["playlist"])) == (1, 0, 1)


@pytest.mark.parametrize("kind", [Jspf, Mpd, M3u, Xspf])
def test_nothing_there_is_one_line(tmp_path, kind):
    with pytest.raises(SourceError, match="no such file or folder"):
        list(batches(kind(tmp_path / "absent")))
    with pytest.raises(SourceError, match="holds no file of"):
        list(batches(kind(tmp_path)))
