// The tracks of a playlist in its order, with what a playlist file says of each; artists as [id, name, sourceIds].
// params: id
// returns: id, name, sourceIds, album, durationMs, isrc, addedAt, artists
MATCH (:Playlist {id: $id})-[c:CONTAINS]->(t:Track)
WITH c, t
ORDER BY coalesce(c.position, 0), t.id
RETURN t.id AS id, t.name AS name, coalesce(t.sourceIds, []) AS sourceIds, t.album AS album,
       t.durationMs AS durationMs, t.isrc AS isrc, c.addedAt AS addedAt,
       COLLECT {
         MATCH (t)-[p:PERFORMED_BY]->(a:Artist)
         RETURN [a.id, a.name, coalesce(a.sourceIds, [])] ORDER BY coalesce(p.position, 0), a.id
       } AS artists
