// Write what is known of a model version; only the live one is marked so.
// params: id, parent, createdAt, watermark, code, metrics, live, at
// returns: none
MERGE (m:ModelVersion {id: $id})
SET m.createdAt = $createdAt, m.watermark = $watermark, m.code = $code, m.metrics = $metrics, m.live = $live,
    m.liveSince = CASE WHEN $live THEN coalesce(m.liveSince, $at) ELSE m.liveSince END
WITH m
CALL (m) {
  WITH m WHERE $parent IS NOT NULL
  MERGE (p:ModelVersion {id: $parent})
  MERGE (m)-[:TRAINED_AFTER]->(p)
}
WITH m WHERE $live
MATCH (other:ModelVersion)
WHERE other.id <> m.id
SET other.live = false
