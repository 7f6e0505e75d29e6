// Genres that gained most: first plays in the last days before the newest play, against the days before.
// params: days, least, limit
// returns: genre, name, before, lately, growth
// defaults: days=90, least=5, limit=20
MATCH (w:User)-[newest:PLAYED]->(:Track) WITH max(newest.lastAt) AS now
MATCH (u:User)-[r:PLAYED]->(t:Track) WHERE r.count > 0 AND r.firstAt > now - 2 * $days * 86400
WITH u, t, r.firstAt > now - $days * 86400 AS isLate
MATCH (t)-[:IN_GENRE]->(g:Genre)
WITH g, count(CASE WHEN NOT isLate THEN 1 END) AS before, count(CASE WHEN isLate THEN 1 END) AS lately,
  count(DISTINCT u) AS listeners
WHERE listeners >= $least AND before >= $least
RETURN g.id AS genre, g.name AS name, before, lately, round(1.0 * lately / before - 1, 3) AS growth
ORDER BY growth DESC, genre LIMIT $limit
