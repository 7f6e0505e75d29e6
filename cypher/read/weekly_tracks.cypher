// The tracks of several stored Discover Weeklys.
// params: ids
// returns: track
UNWIND $ids AS id
MATCH (:Playlist {id: id})-[:CONTAINS]->(t:Track)
RETURN DISTINCT t.id AS track
ORDER BY track
