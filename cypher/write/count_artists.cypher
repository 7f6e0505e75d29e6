// Counts the tracks and the listeners of each artist, through tracks or known directly. Auto-commit only.
// params: none
// returns: none
MATCH (a:Artist)
CALL (a) {
  SET a.trackCount = COUNT { (a)<-[:PERFORMED_BY]-(:Track) },
      a.listenerCount = COUNT {
        MATCH (a)<-[:PERFORMED_BY]-(:Track)<-[r:PLAYED]-(u:User) WHERE r.count > 0 RETURN u
        UNION
        MATCH (a)<-[:LISTENS_TO]-(u:User) RETURN u
      }
} IN TRANSACTIONS OF 2000 ROWS
