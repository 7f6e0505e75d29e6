// From meeting a track to keeping it: pairs of a listener and a track at each step.
// params: none
// returns: met, played, played_twice, completed, saved, liked, disliked
MATCH (:User)-[r:PLAYED]->(:Track)
WITH count(r) AS met, count(CASE WHEN r.count > 0 THEN 1 END) AS played,
  count(CASE WHEN r.count > 1 THEN 1 END) AS played_twice, count(CASE WHEN r.completed > 0 THEN 1 END) AS completed
RETURN met, played, played_twice, completed, COUNT { (:User)-[:SAVED]->(:Track) } AS saved,
  COUNT { (:User)-[:LIKED]->(:Track) } AS liked, COUNT { (:User)-[:DISLIKED]->() } AS disliked
