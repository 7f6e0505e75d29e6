// Counts how many tracks and artists each genre has. Auto-commit only.
// params: none
// returns: none
MATCH (g:Genre)
CALL (g) {
  SET g.trackCount = COUNT { (g)<-[:IN_GENRE]-(:Track) },
      g.artistCount = COUNT { (g)<-[:IN_GENRE]-(:Artist) }
} IN TRANSACTIONS OF 500 ROWS
