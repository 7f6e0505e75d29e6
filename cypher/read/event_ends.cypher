// What kind of node each id is, and how long a track is; an id that was merged away is its survivor, an unknown one nothing.
// params: ids
// returns: id, node, label, name, durationMs
UNWIND $ids AS id
OPTIONAL MATCH (u:User {id: id})
OPTIONAL MATCH (t:Track {id: id})
OPTIONAL MATCH (a:Artist {id: id})
OPTIONAL MATCH (g:Genre {id: id})
OPTIONAL MATCH (p:Playlist {id: id})
OPTIONAL MATCH (:Identity {id: 'Track|' + id})-[:RECORD_OF]->(mt)
OPTIONAL MATCH (:Identity {id: 'Artist|' + id})-[:RECORD_OF]->(ma)
OPTIONAL MATCH (:Identity {id: 'Genre|' + id})-[:RECORD_OF]->(mg)
WITH id, coalesce(u, t, a, g, p, mt, ma, mg) AS n
RETURN id, n.id AS node, head(labels(n)) AS label, n.name AS name, n.durationMs AS durationMs
