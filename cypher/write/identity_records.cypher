// Writes which records of sources a node stands for, and what each says of itself; the first reason of a merge stays.
// params: label, record, survivor, name, said, reason, evidence, at
// returns: written
UNWIND range(0, size($record) - 1) AS i
MATCH (n:Track|Artist|Genre {id: $survivor[i]})
WHERE $label IN labels(n)
MERGE (r:Identity {id: $label + '|' + $record[i]})
  ON CREATE SET r:SourceRecord, r.label = $label, r.record = $record[i]
SET r.said = $said[i], r.name = $name[i]
FOREACH (_ IN CASE WHEN $reason[i] IS NULL OR r:Merge THEN [] ELSE [1] END |
  SET r:Merge, r.reason = $reason[i], r.evidence = $evidence[i], r.at = coalesce($at, timestamp() / 1000), r.survivor = $survivor[i])
MERGE (r)-[:RECORD_OF]->(n)
RETURN count(n) AS written
