// No two nodes of label Track have the same id.
// params: none
// returns: none
CREATE CONSTRAINT track_id IF NOT EXISTS FOR (n:Track) REQUIRE n.id IS UNIQUE
