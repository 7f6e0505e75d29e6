// Keep Discover Weeklys as playlists, unless there is one already and it is not to be replaced.
// params: lists, createdAt, replace
// returns: none
// Each of the lists has id, user, week, answer, and in step track, position, score, source and reason.
UNWIND $lists AS list
MATCH (u:User {id: list.user})
MERGE (p:Playlist {id: list.id})
WITH u, p, list
WHERE p.answer IS NULL OR $replace
SET p.name = 'Discover Weekly ' + list.week, p.kind = 'DISCOVER_WEEKLY', p.isoWeek = list.week,
    p.createdAt = $createdAt, p.answer = list.answer
MERGE (u)-[:OWNS]->(p)
CALL (p) {
  MATCH (p)-[old:CONTAINS]->()
  DELETE old
}
UNWIND range(0, size(list.track) - 1) AS i
MATCH (t:Track {id: list.track[i]})
MERGE (p)-[c:CONTAINS]->(t)
SET c.position = list.position[i], c.score = list.score[i], c.source = list.source[i], c.reason = list.reason[i],
    c.addedAt = $createdAt
