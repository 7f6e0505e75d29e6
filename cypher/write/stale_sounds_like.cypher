// Remove the SOUNDS_LIKE edges that another model made.
// params: model
// returns: none
MATCH (:Track)-[r:SOUNDS_LIKE]->(:Track)
WHERE r.model <> $model
CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS
