// Which tracks, artists or genres a source knows by this id, or knew before a merge; two rows say that it is ambiguous.
// params: sourceId, label
// returns: id
CALL () {
  MATCH (n:Track|Artist|Genre)
  WHERE $label IN labels(n) AND ($sourceId IN n.sourceIds OR 'isrc:' + n.isrc = $sourceId)
  RETURN n.id AS id
  UNION
  MATCH (r:Identity {id: $label + '|' + $sourceId})-[:RECORD_OF]->(n)
  RETURN n.id AS id
}
RETURN DISTINCT id
ORDER BY id
LIMIT 2
