"""Spellings, titles and pairs: what is one name, which version a title names, and when two tracks are one recording."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.identity.match import Recording, artists_agree, compare
from ingest.identity.normal import key, plain
from ingest.identity.titles import kind_of, parse

NAMES = st.text(min_size=1, max_size=40).filter(lambda text: text.strip())
LETTERS = st.text(st.characters(whitelist_categories=("Ll",), max_codepoint=0x17F), min_size=1, max_size=20)


@given(NAMES)
def test_a_key_is_its_own_key(name):
    assert key(key(name)) == key(name)


@given(NAMES)
def test_a_name_never_loses_its_key(name):
    assert key(name)


@given(LETTERS)
def test_case_is_no_matter(name):
    assert key(name.upper()) == key(name) or name.upper().lower() != name  # dotless i and its like


@given(LETTERS)
def test_accents_are_no_matter(name):
    bare = "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))
    assert key(bare) == key(name)


@given(NAMES)
def test_folding_twice_is_folding_once(name):
    assert plain(plain(name)) == plain(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Killers", "Killers"),
        ("Simon & Garfunkel", "Simon and Garfunkel"),
        ("Tony! Toni! Toné!", "tony toni tone"),
        ("N.Y. State", "NY State"),
        ("Don’t", "Dont"),
        ("Part II", "Pt. 2"),
        ("Six Underground", "6 Underground"),
        ("Static‐X", "Static-X"),
        ("Sigur Rós", "Sigur Ros"),
        ("MØ", "MO"),
    ],
)
def test_spellings_of_one_name(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("!!!", "???"), ("!!!", "+/-"), ("The The", "The"), ("X", "10"), ("Ä", "!")]
)
def test_names_that_differ(one, other):
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("title", "base", "versions"),
    [
        ("Song (feat. A & B)", "Song", {}),
        ("Song [with C] - Remastered 2011", "Song", {"remaster": ""}),
        ("Song - 2011 Remaster", "Song", {"remaster": ""}),
        ("Song (Live)", "Song", {"live": ""}),
        ("Song - Live at Wembley", "Song", {"live": "wembley"}),
        ("Song - Skrillex Remix", "Song", {"remix": "skrillex"}),
        ("Song (Dannic Radio Edit)", "Song", {"remix": "dannicradioedit"}),
        ("Song - Radio Edit", "Song", {"radio": ""}),
        ("Song (Extended Mix)", "Song", {"extended": ""}),
        ("Song (Album Version)", "Song", {}),
        ("Song - Original Mix", "Song", {}),
        ('Song (From "A Film")', "Song", {}),
        ("Song (Acoustic)", "Song", {"acoustic": "acoustic"}),
        ("Song - Instrumental", "Song", {"instrumental": "instrumental"}),
        ("Song (Karaoke Version)", "Song", {"cover": "karaoke"}),
        ("Song (Demo)", "Song", {"demo": "demo"}),
        ("Song feat. D", "Song", {}),
        ("Many Men (Wish Death)", "Many Men (Wish Death)", {}),
        ("Alive - A Story", "Alive - A Story", {}),
        ("Live Forever", "Live Forever", {}),
        ("(Live)", "(Live)", {}),
        ("Song - Mono", "Song", {"mono": ""}),
    ],
)
def test_titles_are_taken_apart(title, base, versions):
    parsed = parse(title)
    assert (parsed.base, dict(parsed.versions)) == (base, versions)


def test_an_album_tells_that_a_plain_title_is_live():
    assert dict(parse("Song", "Live at the Hall").versions) == {"live": ""}
    assert parse("Song", "Alive").versions == ()


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_title_can_be_taken_apart(title, album):
    parsed = parse(title, album)
    assert parsed.base_key == key(parsed.base)
    assert bool(parsed.base_key) == bool(title.strip())


@given(st.text(max_size=40))
def test_any_addition_is_judged(words):
    assert kind_of(words) is None or isinstance(kind_of(words), str)


def track(title, artist="A", seconds=None, album=None, ids=()):
    return Recording(title, (artist,), seconds * 1000 if seconds else None, album, frozenset(ids))


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (track("S"), track("s"), "same"),
        (track("S", seconds=200), track("S", seconds=203), "same"),
        (track("S", seconds=200), track("S", seconds=204), "version"),
        (track("S", seconds=200), track("S"), "same"),
        (track("S (Live)", seconds=200), track("S", seconds=200), "version"),
        (track("S (Live)"), track("S (live)"), "same"),
        (track("S - X Remix"), track("S - Y Remix"), "version"),
        (track("S - 2011 Remaster"), track("S"), "same"),
        (track("S - 2011 Remaster", seconds=200), track("S", seconds=210), "version"),
        (track("S - Radio Edit"), track("S"), "version"),
        (track("S - Radio Edit", seconds=200), track("S", seconds=201), "same"),
        (track("S", "A feat. B"), track("S (feat. B)", "A"), "same"),
        (track("S", "A & C"), track("S", "A"), "same"),
        (track("S", "A"), track("S", "B"), "different"),
        (track("S", "!!!"), track("S", "???"), "different"),
        (track("Intro"), track("Intro"), "different"),
        (track("Intro", seconds=60), track("Intro", seconds=61), "same"),
        (track("S", "A", ids=["isrc:1"]), track("Other", "B", ids=["isrc:1"]), "same"),
    ],
)
def test_one_recording_or_two(one, other, kind):
    assert compare(one, other).kind == kind
    assert compare(other, one).kind == kind


RECORDINGS = st.builds(
    track,
    st.sampled_from(
        ["S", "S (Live)", "S - Live at X", "S - Remastered", "T", "S - Radio Edit", "Intro", "S (X Remix)"]
    ),
    st.sampled_from(["A", "The A", "A feat. B", "B", "A & B"]),
    st.sampled_from([None, 100, 102, 104]),
)


@given(RECORDINGS, RECORDINGS)
def test_a_judgement_has_no_direction(one, other):
    assert compare(one, other) == compare(other, one)


@given(RECORDINGS)
def test_everything_with_a_duration_is_itself(one):
    assert compare(one, one).kind == "same" or (one.duration_ms is None and one.title == "Intro")


def test_a_guest_alone_leads_no_credit():
    assert artists_agree(("A feat. B",), ("B",))  # B sings, in another service's words B's own track
    assert not artists_agree(("A feat. B",), ("C feat. B",))
