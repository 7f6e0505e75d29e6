// First plays of tracks by month: how much of what is heard is new to its listener.
// params: least
// returns: month, discoveries, listeners
// defaults: least=5
MATCH (u:User)-[r:PLAYED]->(:Track) WHERE r.count > 0
WITH left(toString(datetime({epochSeconds: r.firstAt})), 7) AS month, count(r) AS discoveries, count(DISTINCT u) AS listeners
WHERE listeners >= $least
RETURN month, discoveries, listeners ORDER BY month
