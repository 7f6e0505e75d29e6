// Drop the index over track embeddings: writing vectors under it takes five times as long.
// params: none
// returns: none
DROP INDEX track_embedding IF EXISTS
