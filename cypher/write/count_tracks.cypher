// Counts how often each track was played, and by how many listeners. Auto-commit only.
// params: none
// returns: none
MATCH (t:Track)
CALL (t) {
  OPTIONAL MATCH (t)<-[r:PLAYED]-(:User) WHERE r.count > 0
  WITH t, count(r) AS listeners, coalesce(sum(r.count), 0) AS plays
  SET t.listenerCount = listeners, t.playCount = plays
} IN TRANSACTIONS OF 5000 ROWS
