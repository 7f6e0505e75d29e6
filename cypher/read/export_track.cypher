// All tracks with the properties that importers write, for training.
// params: none
// returns: id, name, durationMs, explicit, isrc, releaseDate, album, popularity, tempo, tempoAlt, tempoConfidence, loudness, energy, danceability, valence, acousticness, instrumentalness, speechiness, liveness, key, mode, timeSignature, audioSource, extractorVersion
MATCH (n:Track)
RETURN n.id AS id,
       n.name AS name,
       n.durationMs AS durationMs,
       n.explicit AS explicit,
       n.isrc AS isrc,
       n.releaseDate AS releaseDate,
       n.album AS album,
       n.popularity AS popularity,
       n.tempo AS tempo,
       n.tempoAlt AS tempoAlt,
       n.tempoConfidence AS tempoConfidence,
       n.loudness AS loudness,
       n.energy AS energy,
       n.danceability AS danceability,
       n.valence AS valence,
       n.acousticness AS acousticness,
       n.instrumentalness AS instrumentalness,
       n.speechiness AS speechiness,
       n.liveness AS liveness,
       n.key AS key,
       n.mode AS mode,
       n.timeSignature AS timeSignature,
       n.audioSource AS audioSource,
       n.extractorVersion AS extractorVersion
