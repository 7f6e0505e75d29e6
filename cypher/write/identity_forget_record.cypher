// Removes the bookkeeping of one record of a source.
// params: id
// returns: none
MATCH (r:Identity {id: $id})
DETACH DELETE r
