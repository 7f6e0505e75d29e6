// One bookkeeping node of identity per record of a source, and per pair that is told apart: ids are unique.
// params: none
// returns: none
CREATE CONSTRAINT identity_id IF NOT EXISTS FOR (n:Identity) REQUIRE n.id IS UNIQUE
