// The tracks whose titles have these keys, with all that tells them apart.
// params: keys
// returns: id, name, durationMs, album, isrc, sourceIds, artists, records
UNWIND $keys AS wanted
MATCH (t:Track {matchKey: wanted})
RETURN t.id AS id, t.name AS name, t.durationMs AS durationMs, t.album AS album, t.isrc AS isrc,
       coalesce(t.sourceIds, []) AS sourceIds,
       COLLECT { MATCH (t)-[:PERFORMED_BY]->(a:Artist) RETURN a.name } AS artists,
       COLLECT { MATCH (t)<-[:RECORD_OF]-(r:Identity) RETURN r.record } AS records
