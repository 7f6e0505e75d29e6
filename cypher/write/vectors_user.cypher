// Write the vectors that one model has for users: ALS factors, embedding, and which model they are of; columns aligned.
// params: id, factors, embedding, model
// returns: none
UNWIND range(0, size($id) - 1) AS i
MATCH (n:User {id: $id[i]})
SET n.alsFactors = $factors[i], n.embedding = $embedding[i], n.embeddingModel = $model
