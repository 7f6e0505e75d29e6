// Remove the vectors that another model had for tracks.
// params: model
// returns: none
MATCH (n:Track)
WHERE n.embeddingModel <> $model
CALL (n) { REMOVE n.alsFactors, n.embedding, n.embeddingModel } IN TRANSACTIONS OF 5000 ROWS
