// No two nodes of label SchemaVersion have the same id.
// params: none
// returns: none
CREATE CONSTRAINT schema_version_id IF NOT EXISTS FOR (n:SchemaVersion) REQUIRE n.id IS UNIQUE
