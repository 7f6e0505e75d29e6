// Forgets the ids of events before a day (days since 1970); such events are refused anyway. Auto-commit only.
// params: day
// returns: none
MATCH (e:AppliedEvent)
WHERE e.day < $day
CALL (e) { DELETE e } IN TRANSACTIONS OF 10000 ROWS
