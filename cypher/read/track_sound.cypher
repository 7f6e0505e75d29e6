// For training: what a network heard in the audio of tracks.
// params: none
// returns: id, vector
MATCH (n:Track)
WHERE n.soundVector IS NOT NULL
RETURN n.id AS id, n.soundVector AS vector
