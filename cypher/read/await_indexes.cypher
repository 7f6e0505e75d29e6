// Waits until every index is online.
// params: seconds
// returns: none
CALL db.awaitIndexes($seconds)
