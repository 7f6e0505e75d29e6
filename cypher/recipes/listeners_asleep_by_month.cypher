// How many listeners have not played anything since each month.
// params: least
// returns: lastMonth, listeners
// defaults: least=5
MATCH (u:User)-[r:PLAYED]->(:Track) WHERE r.count > 0
WITH u, max(r.lastAt) AS last
WITH left(toString(datetime({epochSeconds: last})), 7) AS lastMonth, count(u) AS listeners WHERE listeners >= $least
RETURN lastMonth, listeners ORDER BY lastMonth
