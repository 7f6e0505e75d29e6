// The mean sound of each genre with enough measured tracks.
// params: least, limit
// returns: genre, name, tracks, tempo, energy, danceability, valence
// defaults: least=5, limit=30
MATCH (g:Genre)<-[:IN_GENRE]-(t:Track) WHERE t.energy IS NOT NULL
WITH g, count(t) AS tracks, avg(t.tempo) AS tempo, avg(t.energy) AS energy, avg(t.danceability) AS danceability,
  avg(t.valence) AS valence
WHERE tracks >= $least
RETURN g.id AS genre, g.name AS name, tracks, round(tempo, 1) AS tempo, round(energy, 3) AS energy,
  round(danceability, 3) AS danceability, round(valence, 3) AS valence
ORDER BY tracks DESC, genre LIMIT $limit
