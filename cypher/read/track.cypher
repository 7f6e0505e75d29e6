// Tracks by their ids, with artists in order of credit and genres by weight; ids that nothing has are left out.
// params: ids
// returns: id, name, sourceIds, properties, artists, genres
UNWIND $ids AS wanted
MATCH (t:Track {id: wanted})
WITH t.id AS id, t.name AS name, coalesce(t.sourceIds, []) AS sourceIds,
       t {.durationMs, .explicit, .isrc, .releaseDate, .album, .popularity, .playCount, .listenerCount,
          .tempo, .tempoAlt, .tempoConfidence, .loudness, .energy, .danceability, .valence, .acousticness,
          .instrumentalness, .speechiness, .liveness, .key, .mode, .timeSignature, .audioSource,
          .extractorVersion, .estimatedGenres, .estimatedGenreProbabilities, .estimatedMoods,
          .estimatedMoodProbabilities} AS properties,
       COLLECT {
         MATCH (t)-[p:PERFORMED_BY]->(a:Artist)
         RETURN [a.id, a.name] ORDER BY coalesce(p.position, 0), a.id
       } AS artists,
       COLLECT {
         MATCH (t)-[w:IN_GENRE]->(g:Genre)
         RETURN [g.id, g.name, g.slug, coalesce(w.weight, 1.0)] ORDER BY coalesce(w.weight, 1.0) DESC, g.id LIMIT 20
       } AS genres
RETURN id, name, sourceIds, properties, artists, genres
