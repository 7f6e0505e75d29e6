// No two nodes of label User have the same id.
// params: none
// returns: none
CREATE CONSTRAINT user_id IF NOT EXISTS FOR (n:User) REQUIRE n.id IS UNIQUE
