// What the listeners of most similar taste play and this one does not: at least five of them, none is named.
// params: user, limit
// returns: track, name, listeners, similarity
// defaults: limit=20
MATCH (u:User {id: $user})-[s:SIMILAR_TASTE]->(other:User)-[p:PLAYED]->(t:Track)
WHERE p.count > 0 AND NOT EXISTS { (u)-[:PLAYED]->(t) }
WITH t, count(other) AS listeners, avg(s.similarity) AS similarity
WHERE listeners >= 5
RETURN t.id AS track, t.name AS name, listeners, similarity
ORDER BY listeners DESC, similarity DESC, track
LIMIT $limit
