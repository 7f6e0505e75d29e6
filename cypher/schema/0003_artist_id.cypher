// No two nodes of label Artist have the same id.
// params: none
// returns: none
CREATE CONSTRAINT artist_id IF NOT EXISTS FOR (n:Artist) REQUIRE n.id IS UNIQUE
