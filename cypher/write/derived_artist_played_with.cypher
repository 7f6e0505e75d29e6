// Write PLAYED_WITH edges between artists of one model, columns aligned.
// params: source, target, model, lift, rank
// returns: none
UNWIND range(0, size($source) - 1) AS i
MATCH (a:Artist {id: $source[i]})
MATCH (b:Artist {id: $target[i]})
MERGE (a)-[r:PLAYED_WITH]->(b)
SET r.lift = $lift[i], r.rank = $rank[i], r.model = $model
