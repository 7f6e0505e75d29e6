// Writes tracks, column by column; what a source does not know keeps its value.
// params: id, name, sourceIds, durationMs, explicit, isrc, releaseDate, album, popularity, tempo, tempoAlt, tempoConfidence, loudness, energy, danceability, valence, acousticness, instrumentalness, speechiness, liveness, key, mode, timeSignature, audioSource, extractorVersion
// returns: written
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Track {id: $id[i]})
SET n.name = coalesce($name[i], n.name),
    n.sourceIds = CASE WHEN $sourceIds[i] IS NULL THEN n.sourceIds
      ELSE coalesce(n.sourceIds, []) + [id IN $sourceIds[i] WHERE NOT id IN coalesce(n.sourceIds, [])] END,
    n.durationMs = coalesce($durationMs[i], n.durationMs),
    n.explicit = coalesce($explicit[i], n.explicit),
    n.isrc = coalesce($isrc[i], n.isrc),
    n.releaseDate = coalesce($releaseDate[i], n.releaseDate),
    n.album = coalesce($album[i], n.album),
    n.popularity = coalesce($popularity[i], n.popularity),
    n.tempo = coalesce($tempo[i], n.tempo),
    n.tempoAlt = coalesce($tempoAlt[i], n.tempoAlt),
    n.tempoConfidence = coalesce($tempoConfidence[i], n.tempoConfidence),
    n.loudness = coalesce($loudness[i], n.loudness),
    n.energy = coalesce($energy[i], n.energy),
    n.danceability = coalesce($danceability[i], n.danceability),
    n.valence = coalesce($valence[i], n.valence),
    n.acousticness = coalesce($acousticness[i], n.acousticness),
    n.instrumentalness = coalesce($instrumentalness[i], n.instrumentalness),
    n.speechiness = coalesce($speechiness[i], n.speechiness),
    n.liveness = coalesce($liveness[i], n.liveness),
    n.key = coalesce($key[i], n.key),
    n.mode = coalesce($mode[i], n.mode),
    n.timeSignature = coalesce($timeSignature[i], n.timeSignature),
    n.audioSource = coalesce($audioSource[i], n.audioSource),
    n.extractorVersion = coalesce($extractorVersion[i], n.extractorVersion)
RETURN count(n) AS written
