// No two nodes of label AppliedOffset have the same id: one for each event log.
// params: none
// returns: none
CREATE CONSTRAINT applied_offset_id IF NOT EXISTS FOR (n:AppliedOffset) REQUIRE n.id IS UNIQUE
