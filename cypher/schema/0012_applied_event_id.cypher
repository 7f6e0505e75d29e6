// No two nodes of label AppliedEvent have the same id: an event counts once.
// params: none
// returns: none
CREATE CONSTRAINT applied_event_id IF NOT EXISTS FOR (n:AppliedEvent) REQUIRE n.id IS UNIQUE
