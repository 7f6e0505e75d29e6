// Removes what is remembered of applied events: their ids, and the time of the newest. Auto-commit only.
// params: none
// returns: none
MATCH (n:AppliedEvent|Watermark)
CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS
