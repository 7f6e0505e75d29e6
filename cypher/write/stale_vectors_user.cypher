// Remove the vectors that another model had for users.
// params: model
// returns: none
MATCH (n:User)
WHERE n.embeddingModel <> $model
CALL (n) { REMOVE n.alsFactors, n.embedding, n.embeddingModel } IN TRANSACTIONS OF 5000 ROWS
