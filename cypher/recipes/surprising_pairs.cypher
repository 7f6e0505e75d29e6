// Pairs of tracks that are heard together far more than by chance and share neither artist nor genre.
// params: limit
// returns: one, other, lift
// defaults: limit=20
MATCH (a:Track)-[r:PLAYED_WITH]->(b:Track)
WHERE NOT EXISTS { (a)-[:PERFORMED_BY]->(:Artist)<-[:PERFORMED_BY]-(b) }
  AND NOT EXISTS { (a)-[:IN_GENRE]->(:Genre)<-[:IN_GENRE]-(b) }
RETURN a.id AS one, b.id AS other, r.lift AS lift
ORDER BY lift DESC, one, other
LIMIT $limit
