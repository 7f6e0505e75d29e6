// Artists whose tracks lie in genres that share few other artists: bridges between scenes.
// params: least, limit
// returns: artist, name, one, other, otherArtists
// defaults: least=20, limit=20
MATCH (a:Artist)<-[:PERFORMED_BY]-(t:Track)-[:IN_GENRE]->(g:Genre)
WHERE a.listenerCount >= $least AND g.trackCount >= 20
WITH a, g, count(t) AS tracks ORDER BY tracks DESC, g.id
WITH a, collect(g)[0..3] AS genres WHERE size(genres) > 1
UNWIND range(0, size(genres) - 2) AS i
UNWIND range(i + 1, size(genres) - 1) AS j
WITH CASE WHEN genres[i].id < genres[j].id THEN genres[i] ELSE genres[j] END AS one,
  CASE WHEN genres[i].id < genres[j].id THEN genres[j] ELSE genres[i] END AS other, collect(DISTINCT a) AS artists
UNWIND artists AS a
RETURN a.id AS artist, a.name AS name, one.name AS one, other.name AS other, size(artists) - 1 AS otherArtists
ORDER BY otherArtists, a.listenerCount DESC, artist LIMIT $limit
