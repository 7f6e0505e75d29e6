// Keep a Discover Weekly as a playlist, unless there is one already and it is not to be replaced.
// params: id, user, week, answer, createdAt, replace, track, position, score, source, reason
// returns: none
MATCH (u:User {id: $user})
MERGE (p:Playlist {id: $id})
WITH u, p
WHERE p.answer IS NULL OR $replace
SET p.name = 'Discover Weekly ' + $week, p.kind = 'DISCOVER_WEEKLY', p.isoWeek = $week,
    p.createdAt = $createdAt, p.answer = $answer
MERGE (u)-[:OWNS]->(p)
WITH p
OPTIONAL MATCH (p)-[old:CONTAINS]->()
WITH p, collect(old) AS olds
FOREACH (old IN olds | DELETE old)
WITH p
UNWIND range(0, size($track) - 1) AS i
MATCH (t:Track {id: $track[i]})
MERGE (p)-[c:CONTAINS]->(t)
SET c.position = $position[i], c.score = $score[i], c.source = $source[i], c.reason = $reason[i], c.addedAt = $createdAt
