// Write SOUNDS_LIKE edges of one model, columns aligned.
// params: source, target, model, similarity, rank
// returns: none
UNWIND range(0, size($source) - 1) AS i
MATCH (a:Track {id: $source[i]})
MATCH (b:Track {id: $target[i]})
MERGE (a)-[r:SOUNDS_LIKE]->(b)
SET r.similarity = $similarity[i], r.rank = $rank[i], r.model = $model
