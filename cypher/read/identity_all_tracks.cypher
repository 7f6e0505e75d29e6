// All tracks with all that tells them apart, for a scan of the whole graph.
// params: none
// returns: id, name, durationMs, album, isrc, sourceIds, artists, records
MATCH (t:Track)
RETURN t.id AS id, t.name AS name, t.durationMs AS durationMs, t.album AS album, t.isrc AS isrc,
       coalesce(t.sourceIds, []) AS sourceIds,
       COLLECT { MATCH (t)-[:PERFORMED_BY]->(a:Artist) RETURN a.name } AS artists,
       COLLECT { MATCH (t)<-[:RECORD_OF]-(r:Identity) RETURN r.record } AS records
