// Everything that a user's relationships say; what it leads to by id and name, and bookkeeping nodes in full.
// params: id
// returns: type, label, target, name, artists, properties, about
// OWNS is told with the playlists; who is like them (SIMILAR_TASTE) is nobody's to know.
MATCH (u:User {id: $id})-[r]->(x)
WHERE NOT type(r) IN ['OWNS', 'SIMILAR_TASTE']
WITH r, x, type(r) AS type, labels(x)[0] AS label, x.id AS target
ORDER BY type, coalesce(r.lastAt, r.at, r.since, 0), coalesce(x.number, 0), target
RETURN type, label, target, x.name AS name,
       COLLECT {
         MATCH (x)-[p:PERFORMED_BY]->(a:Artist)
         RETURN a.name ORDER BY coalesce(p.position, 0), a.id
       } AS artists,
       properties(r) AS properties,
       CASE WHEN label IN ['Track', 'Artist', 'Genre', 'Playlist', 'User'] THEN null ELSE properties(x) END AS about
