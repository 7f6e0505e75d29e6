// Draws anew which of these tracks are versions of which; what sources say of versions stays.
// params: ids, source, target
// returns: none
CALL () {
  UNWIND $ids AS id
  MATCH (:Track {id: id})-[old:VERSION_OF {origin: 'identity'}]->(:Track)
  DELETE old
}
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Track {id: $source[i]})
MATCH (t:Track {id: $target[i]})
MERGE (s)-[r:VERSION_OF]->(t)
  ON CREATE SET r.origin = 'identity'
