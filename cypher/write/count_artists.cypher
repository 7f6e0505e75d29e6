// Counts the tracks and the listeners of each artist, through tracks or known directly. Auto-commit only.
// params: none
// returns: none
MATCH (a:Artist)
CALL (a) {
  CALL (a) {
    MATCH (a)<-[:PERFORMED_BY]-(:Track)<-[r:PLAYED]-(u:User) WHERE r.count > 0
    RETURN u
    UNION
    MATCH (a)<-[:LISTENS_TO]-(u:User)
    RETURN u
  }
  WITH a, count(u) AS listeners
  SET a.listenerCount = listeners, a.trackCount = COUNT { (a)<-[:PERFORMED_BY]-(:Track) }
} IN TRANSACTIONS OF 2000 ROWS
