// The tracks whose embeddings are nearest to that of a track, by the vector index; similarity is (1 + cosine) / 2.
// params: track, k
// returns: id, name, similarity
// defaults: k=10
MATCH (a:Track {id: $track})
MATCH (t:Track)
SEARCH t IN (VECTOR INDEX track_embedding FOR a.embedding LIMIT $k) SCORE AS similarity
RETURN t.id AS id, t.name AS name, similarity
ORDER BY similarity DESC, id
