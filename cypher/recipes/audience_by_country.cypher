// Where the listeners live, for countries with enough of them.
// params: least
// returns: country, listeners, plays
// defaults: least=5
MATCH (u:User) WHERE u.country IS NOT NULL
OPTIONAL MATCH (u)-[r:PLAYED]->(:Track)
WITH u.country AS country, count(DISTINCT u) AS listeners, coalesce(sum(r.count), 0) AS plays WHERE listeners >= $least
RETURN country, listeners, plays ORDER BY listeners DESC, country
