// The genres whose tracks are played most, each track's plays shared between its genres.
// params: limit
// returns: genre, name, plays, tracks
// defaults: limit=20
MATCH (t:Track)-[:IN_GENRE]->(g:Genre) WHERE t.playCount > 0
WITH t, collect(g) AS genres
UNWIND genres AS g
WITH g, sum(1.0 * t.playCount / size(genres)) AS plays
RETURN g.id AS genre, g.name AS name, round(plays, 1) AS plays, g.trackCount AS tracks
ORDER BY plays DESC, genre LIMIT $limit
