// How many listeners each genre has, and how deep they go.
// params: least, limit
// returns: genre, name, listeners, tracksPerListener
// defaults: least=5, limit=20
MATCH (g:Genre)<-[:IN_GENRE]-(:Track)<-[r:PLAYED]-(u:User) WHERE r.count > 0
WITH g, u, count(r) AS tracks
WITH g, count(u) AS listeners, avg(tracks) AS depth WHERE listeners >= $least
RETURN g.id AS genre, g.name AS name, listeners, round(depth, 2) AS tracksPerListener
ORDER BY listeners DESC, genre LIMIT $limit
