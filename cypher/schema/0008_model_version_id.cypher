// No two nodes of label ModelVersion have the same id.
// params: none
// returns: none
CREATE CONSTRAINT model_version_id IF NOT EXISTS FOR (n:ModelVersion) REQUIRE n.id IS UNIQUE
