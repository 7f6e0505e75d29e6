// No two nodes of label RecommendationSet have the same id.
// params: none
// returns: none
CREATE CONSTRAINT recommendation_set_id IF NOT EXISTS FOR (n:RecommendationSet) REQUIRE n.id IS UNIQUE
