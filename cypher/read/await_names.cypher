// Waits until the full-text index has seen every write before this one.
// params: none
// returns: none
CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()
