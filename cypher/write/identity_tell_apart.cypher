// Writes down that two records are not one, so that no import merges them again.
// params: id, label, one, other, at, reason
// returns: none
MERGE (n:Identity {id: $id})
  ON CREATE SET n:NotSame, n.label = $label, n.one = $one, n.other = $other, n.at = $at, n.mergedBecause = $reason
