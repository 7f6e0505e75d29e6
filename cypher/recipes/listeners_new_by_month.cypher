// How many listeners played something for the first time in each month.
// params: least
// returns: month, listeners
// defaults: least=5
MATCH (u:User)-[r:PLAYED]->(:Track) WHERE r.count > 0
WITH u, min(r.firstAt) AS first
WITH left(toString(datetime({epochSeconds: first})), 7) AS month, count(u) AS listeners WHERE listeners >= $least
RETURN month, listeners ORDER BY month
