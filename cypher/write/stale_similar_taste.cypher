// Remove the SIMILAR_TASTE edges that another model made.
// params: model
// returns: none
MATCH (:User)-[r:SIMILAR_TASTE]->(:User)
WHERE r.model <> $model
CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS
