// No two nodes of label Watermark have the same id.
// params: none
// returns: none
CREATE CONSTRAINT watermark_id IF NOT EXISTS FOR (n:Watermark) REQUIRE n.id IS UNIQUE
