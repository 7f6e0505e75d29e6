// Which source brought the tracks of Discover Weeklys, and how many of them were played after.
// params: least
// returns: source, tracks, played, share
// defaults: least=5
MATCH (u:User)-[:OWNS]->(p:Playlist {kind: 'DISCOVER_WEEKLY'})-[c:CONTAINS]->(t:Track)
OPTIONAL MATCH (u)-[r:PLAYED]->(t) WHERE r.count > 0 AND r.lastAt >= p.createdAt
WITH c.source AS source, count(c) AS tracks, count(r) AS played, count(DISTINCT u) AS listeners WHERE listeners >= $least
RETURN source, tracks, played, round(1.0 * played / tracks, 4) AS share ORDER BY tracks DESC, source
