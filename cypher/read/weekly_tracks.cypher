// The tracks of several stored Discover Weeklys, by their playlists' ids; those that are not there are left out.
// params: ids
// returns: id, tracks
UNWIND $ids AS id
MATCH (p:Playlist {id: id})
RETURN id, COLLECT { MATCH (p)-[:CONTAINS]->(t:Track) RETURN t.id ORDER BY t.id } AS tracks
ORDER BY id
