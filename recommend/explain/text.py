"""The sentences. Every name in a sentence lies on the path that is shown with it.

A template's ``{anchor}`` is the played track; ``{0}``, ``{1}`` are the nodes between it and the recommended track.
"""

from __future__ import annotations

SAME_ARTIST = "More from {0}: you played “{anchor}”"
PLAYED_TOGETHER = "Listeners of “{anchor}”, which you played, play this too"
TOGETHER_WITH_ARTIST = "Listeners of “{1}” by {0} play this too; you played their “{anchor}”"
ARTIST_NEXT_DOOR = "Listeners of {0}, whose “{anchor}” you played, also play {1}"
PLAYLIST = "On the playlist “{0}” together with “{anchor}”, which you played"
SOUNDS_LIKE = "Sounds like “{anchor}”, which you played"
GENRE = "{0}, like “{anchor}”, which you played"
GENRE_NEXT_DOOR = "{1}, next door to the {0} of “{anchor}”, which you played"

BY_FOLLOWED = "By {0}, whom you follow"
NEW_BY_FOLLOWED = "New by {0}, whom you follow"

FAVOURITE = "You play this already"

STRONGEST_PLAY = "Close to “{anchor}” and what else you played"
SEED = "Close to “{anchor}”, where this radio started"
POPULAR = "Played by many listeners"
FOLLOWED = "Close to what the people you follow play"
LITTLE_KNOWN = "Chosen from the little that is known of you"
