// All genres with what they are called.
// params: none
// returns: id, name, sourceIds, records
MATCH (g:Genre)
RETURN g.id AS id, g.name AS name, coalesce(g.sourceIds, []) AS sourceIds,
       COLLECT { MATCH (g)<-[:RECORD_OF]-(r:Identity) RETURN r.record } AS records
