// Artists whom enough listeners have blocked or disliked.
// params: least, limit
// returns: artist, name, blocked, disliked
// defaults: least=5, limit=20
MATCH (a:Artist)
WITH a, COUNT { (a)<-[:BLOCKED]-(:User) } AS blocked, COUNT { (a)<-[:DISLIKED]-(:User) } AS disliked
WHERE blocked + disliked >= $least
RETURN a.id AS artist, a.name AS name, blocked, disliked ORDER BY blocked DESC, disliked DESC, artist LIMIT $limit
