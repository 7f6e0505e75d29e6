// The playlists that a user owns, with all properties and their tracks in order as [id, name, properties].
// params: id
// returns: properties, tracks
MATCH (:User {id: $id})-[:OWNS]->(p:Playlist)
WITH p
ORDER BY p.id
RETURN properties(p) AS properties,
       COLLECT {
         MATCH (p)-[c:CONTAINS]->(t:Track)
         RETURN [t.id, t.name, properties(c)] ORDER BY coalesce(c.position, 0), t.id
       } AS tracks
