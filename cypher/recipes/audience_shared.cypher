// Which artists the listeners of one artist hear too, with the lift over chance.
// params: artist, least, limit
// returns: artist, name, shared, lift
// defaults: least=5, limit=20
MATCH (x:User) WITH count(x) AS users
MATCH (a:Artist {id: $artist})<-[:PERFORMED_BY]-(:Track)<-[r:PLAYED]-(u:User) WHERE r.count > 0
WITH users, a, collect(DISTINCT u) AS listeners
UNWIND listeners AS u
MATCH (u)-[r:PLAYED]->(:Track)-[:PERFORMED_BY]->(b:Artist) WHERE r.count > 0 AND b <> a
WITH users, size(listeners) AS audience, b, count(DISTINCT u) AS shared WHERE shared >= $least
RETURN b.id AS artist, b.name AS name, shared,
  round(1.0 * shared * users / (audience * b.listenerCount), 2) AS lift
ORDER BY lift DESC, artist LIMIT $limit
