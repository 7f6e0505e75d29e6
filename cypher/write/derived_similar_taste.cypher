// Write SIMILAR_TASTE edges of one model, from a listener to the nearest others, columns aligned.
// params: source, target, model, similarity, rank
// returns: none
UNWIND range(0, size($source) - 1) AS i
MATCH (a:User {id: $source[i]})
MATCH (b:User {id: $target[i]})
MERGE (a)-[r:SIMILAR_TASTE]->(b)
SET r.similarity = $similarity[i], r.rank = $rank[i], r.model = $model
