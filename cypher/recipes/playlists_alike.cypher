// Pairs of playlists that share most of their tracks, generated ones left out.
// params: least, limit
// returns: one, oneName, other, otherName, shared, jaccard
// defaults: least=5, limit=20
MATCH (p:Playlist)-[:CONTAINS]->(t:Track)<-[:CONTAINS]-(q:Playlist)
WHERE p.id < q.id AND coalesce(p.kind, '') <> 'DISCOVER_WEEKLY' AND coalesce(q.kind, '') <> 'DISCOVER_WEEKLY'
WITH p, q, count(DISTINCT t) AS shared WHERE shared >= $least
WITH p, q, shared, COUNT { (p)-[:CONTAINS]->() } AS ofOne, COUNT { (q)-[:CONTAINS]->() } AS ofOther
RETURN p.id AS one, p.name AS oneName, q.id AS other, q.name AS otherName, shared,
  round(1.0 * shared / (ofOne + ofOther - shared), 3) AS jaccard
ORDER BY jaccard DESC, one, other LIMIT $limit
