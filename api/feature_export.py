"""The features of candidates at moments of the past as a Parquet file, for those who train models elsewhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from graph.errors import InvalidRequestError
from graph.progress import NoProgress, Progress
from recommend.features import DIGEST, FEATURES
from recommend.learn import Example
from recommend.point_in_time import Moment, Past, SampleConfig

BATCH = 50
"""Moments in one row group."""
NOTE = (
    "plays of a listener until the instant; catalogue and models as of the model's watermark; played_later is no "
    "feature: it is the future"
)
KEYS: tuple[tuple[str, Any, str], ...] = (
    ("user", pa.string(), "pseudonym of the listener, in this file only"),
    ("instant", pa.timestamp("ms", "UTC"), "nothing later is known of the listener"),
    ("track", pa.string(), "the candidate"),
    ("played_later", pa.bool_(), "whether the listener first played it after the instant; no feature"),
)
"""Name, type and meaning of the columns before the features."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written: moments, and rows (one for each candidate)."""

    moments: int
    rows: int


def schema(metadata: Mapping[str, str]) -> Any:
    """The columns, typed as the table of features says, each with its meaning; a ``pyarrow.Schema``."""
    keys = [pa.field(name, type, nullable=False, metadata={"about": about}) for name, type, about in KEYS]
    columns = [
        pa.field(
            one.name,
            pa.from_numpy_dtype(np.dtype(one.dtype)),
            nullable=False,
            metadata={"about": one.about, "inputs": ",".join(read.name for read in one.inputs)},
        )
        for one in FEATURES
    ]
    return pa.schema([*keys, *columns], metadata=dict(metadata))


def write(
    past: Past, path: Path, as_of: int, config: SampleConfig, *, salt: bytes, progress: Progress | None = None
) -> Exported:
    """Write the features of the candidates at moments drawn at random; whole or not at all.

    Args:
        past: the listeners, and the model that scores.
        path: the file, replaced if it is there.
        as_of: no moment is later, unix seconds.
        config: how many moments.
        salt: of the pseudonyms; forgotten afterwards, nobody can tell who is who, nor join two files.
        progress: told of each moment.

    Raises:
        NotEnoughDataError: nobody had played anything by then.
        InvalidRequestError: the file cannot be written.
    """
    progress = progress or NoProgress()
    moments = past.moments(as_of, config)
    progress.stage("features", len(moments))
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        rows = _rows(past, moments, aside, schema(_metadata(past, as_of, config)), salt, progress)
        aside.replace(path)
    except OSError as error:
        raise InvalidRequestError(
            f"{path}: cannot be written ({error.strerror or error}); choose another file"
        ) from None
    finally:
        with suppress(OSError):
            aside.unlink()
    return Exported(len(moments), rows)


def _metadata(past: Past, as_of: int, config: SampleConfig) -> dict[str, str]:
    return {
        "modelVersion": past.bundle.version,
        "watermark": str(past.bundle.manifest.get("watermark", 0)),
        "asOf": str(as_of),
        "featureDigest": DIGEST,
        "note": NOTE,
        **{name: str(value) for name, value in asdict(config).items()},
    }


def _rows(past: Past, moments: list[Moment], path: Path, columns: Any, salt: bytes, progress: Progress) -> int:
    written = 0
    with pyarrow.parquet.ParquetWriter(path, columns, compression="zstd") as file:
        for start in range(0, len(moments), BATCH):
            tables = []
            for moment, one in past.examples(moments[start : start + BATCH]):
                tables.append(_table(past, moment, one, columns, salt))
                progress.advance()
            group = pa.concat_tables(tables)
            file.write_table(group)
            written += group.num_rows
    return written


def _table(past: Past, moment: Moment, one: Example, columns: Any, salt: bytes) -> Any:
    count = len(one.rows)
    user = pseudonym(str(past.users.values[moment.user_row]), salt)
    tracks = past.bundle.catalogue.tracks.values[one.rows]
    keys = [
        pa.array([user] * count),
        pa.array([moment.at * 1000] * count, KEYS[1][1]),
        pa.array(tracks),
        pa.array(one.wanted),
    ]
    values = [pa.array(np.ascontiguousarray(column)) for column in one.features.T]
    arrays = [array.cast(field.type) for array, field in zip([*keys, *values], columns, strict=True)]
    return pa.Table.from_arrays(arrays, schema=columns)


def pseudonym(user_id: str, salt: bytes) -> str:
    """A name that says nothing without the salt, the same for the same listener."""
    return hashlib.blake2b(user_id.encode(), key=salt, digest_size=16).hexdigest()
