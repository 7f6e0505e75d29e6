"""The audio features of one recording: what each is called, what it means, and in which unit and range."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

from graph.errors import AudioError

EXTRACTOR_VERSION: Final = "2"
"""Stored with every measurement: raise it when a definition or an estimate changes, and everything is analysed anew."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a feature means. ``how`` says whether it is a measurement or an estimate by a stated formula."""

    name: str
    unit: str
    low: float
    high: float
    how: Literal["measured", "estimated"]
    definition: str


# fmt: off
DEFINITIONS: Final[tuple[Definition, ...]] = (
    Definition("tempo", "BPM", 50, 215, "measured",
        "Beats per minute: the period at which onsets repeat best, with a preference for 112 BPM "
        "(Scheirer 1998; Moelants 2002)."),
    Definition("tempoAlt", "BPM", 50, 215, "measured",
        "The next best tempo that differs by more than 8 %; often half or double."),
    Definition("tempoConfidence", "", 0, 1, "measured",
        "Strength of that repetition: 0 at a mean autocorrelation of 0.10, 1 at 0.50."),
    Definition("key", "pitch class, C = 0", 0, 11, "measured",
        "Tonic of the key profile that correlates best with the pitch classes (Albrecht and Shanahan "
        "2013)."),
    Definition("mode", "1 major, 0 minor", 0, 1, "measured",
        "Mode of that profile; absent where neither third sounds clearly above the other."),
    Definition("timeSignature", "beats in a bar", 3, 4, "measured",
        "Three or four, by whether the accents repeat better after three or after four beats; absent "
        "without a beat."),
    Definition("loudness", "LUFS (dB)", -70, 5, "measured",
        "Integrated loudness after ITU-R BS.1770-4, gated; a 997 Hz sine of amplitude 1 in one channel "
        "is -3.01."),
    Definition("energy", "", 0, 1, "estimated",
        "0.45 loudness from -30 to -6 LUFS + 0.30 brightness + 0.25 onsets per second from 1 to 8."),
    Definition("danceability", "", 0, 1, "estimated",
        "0.5 tempo confidence + 0.3 nearness to 118 BPM (0.45 octaves) + 0.2 share of power below 150 "
        "Hz."),
    Definition("valence", "", 0, 1, "estimated",
        "0.40 major mode + 0.25 tempo from 60 to 160 BPM + 0.20 energy + 0.15 brightness. Weak: moods "
        "are more than this."),
    Definition("acousticness", "", 0, 1, "estimated",
        "Half quiet and dark, half how far the level falls between its peaks (3 to 18 dB)."),
    Definition("instrumentalness", "", 0, 1, "estimated",
        "1 - the greater of speechiness and (share of power at 300-3400 Hz x its modulation at 3-8 Hz). "
        "Weak on singing."),
    Definition("speechiness", "", 0, 1, "estimated",
        "(Half modulation at the rate of syllables + half pauses) x (1 - tempo confidence), after "
        "Scheirer and Slaney 1997."),
    Definition("liveness", "", 0, 1, "estimated",
        "How loud and how noise-like the quietest tenth is: rooms and audiences do not fall silent. Weak "
        "on its own."),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class AudioFeatures:
    """The features of one recording, by their names in the graph; ``DEFINITIONS`` says what they mean."""

    tempo: float
    tempoAlt: float
    tempoConfidence: float
    key: int
    mode: int | None
    timeSignature: int | None
    loudness: float
    energy: float
    danceability: float
    valence: float
    acousticness: float
    instrumentalness: float
    speechiness: float
    liveness: float

    def as_dict(self) -> dict[str, float | None]:
        """Property name -> value; None where nothing can be said."""
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> AudioFeatures:
        """Read back what ``as_dict`` gave.

        Raises:
            AudioError: a feature is missing, unknown, no number, or out of its range.
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise AudioError(f"stored features are not ours: {sorted(set(values) ^ names)}; analyse the file again")
        for row in DEFINITIONS:
            value = values[row.name]
            if value is None and row.name in MAY_BE_ABSENT:
                continue
            if not isinstance(value, int | float) or not row.low <= value <= row.high:
                raise AudioError(f"stored {row.name} is {value!r}, not {row.low} to {row.high}; analyse the file again")
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Confidences:
    """How sure each feature is, 0 to 1; that of the tempo is a feature itself, loudness is exact.

    ``key`` and ``mode``: how well the profile fits, and how far it leads the next. ``timeSignature``: the lead of one
    reading. The others: how little the estimate differs between the parts of the recording, less where it is short.
    """

    key: float
    mode: float
    timeSignature: float
    energy: float
    danceability: float
    valence: float
    acousticness: float
    instrumentalness: float
    speechiness: float
    liveness: float


MAY_BE_ABSENT: Final = frozenset({"mode", "timeSignature"})
