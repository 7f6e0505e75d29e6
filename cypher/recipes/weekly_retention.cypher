// Discover Weekly by week: lists made, listeners who then played from theirs, and the share of tracks played.
// params: least
// returns: week, lists, listenersWhoPlayed, trackShare
// defaults: least=5
MATCH (u:User)-[:OWNS]->(p:Playlist {kind: 'DISCOVER_WEEKLY'})-[:CONTAINS]->(t:Track)
OPTIONAL MATCH (u)-[r:PLAYED]->(t) WHERE r.count > 0 AND r.lastAt >= p.createdAt
WITH p.isoWeek AS week, p, count(t) AS tracks, count(r) AS played
WITH week, count(p) AS lists, count(CASE WHEN played > 0 THEN 1 END) AS active, sum(tracks) AS tracks, sum(played) AS played
WHERE lists >= $least
RETURN week, lists, active AS listenersWhoPlayed, round(1.0 * played / tracks, 4) AS trackShare ORDER BY week
