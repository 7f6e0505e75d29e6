// No two nodes of label Playlist have the same id.
// params: none
// returns: none
CREATE CONSTRAINT playlist_id IF NOT EXISTS FOR (n:Playlist) REQUIRE n.id IS UNIQUE
