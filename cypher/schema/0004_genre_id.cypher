// No two nodes of label Genre have the same id.
// params: none
// returns: none
CREATE CONSTRAINT genre_id IF NOT EXISTS FOR (n:Genre) REQUIRE n.id IS UNIQUE
