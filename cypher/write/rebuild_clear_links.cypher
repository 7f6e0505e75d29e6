// Removes what listeners did, and nothing else. Auto-commit only.
// params: none
// returns: none
MATCH (:User)-[r:PLAYED|SAVED|LIKED|DISLIKED|BLOCKED|LISTENS_TO|FOLLOWS]->()
CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS
