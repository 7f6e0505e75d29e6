// The neighbours of a genre with each piece of evidence apart.
// params: genre, limit
// returns: neighbour, name, strength, coListen, sharedArtists, taxonomy, sampleSize
// defaults: limit=20
MATCH (g:Genre {id: $genre})-[r:ADJACENT_TO]-(h:Genre)
RETURN h.id AS neighbour, h.name AS name, r.strength AS strength, r.coListen AS coListen,
  r.sharedArtists AS sharedArtists, r.taxonomy AS taxonomy, r.sampleSize AS sampleSize
ORDER BY strength DESC, neighbour LIMIT $limit
