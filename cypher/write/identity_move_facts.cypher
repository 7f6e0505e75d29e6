// Gives a node the relationships that no source said (likes, blocks, curators' edits) of one that is merged into it.
// params: label, absorbed, survivor, left
// returns: none
MATCH (a:Track|Artist|Genre {id: $absorbed}) WHERE $label IN labels(a)
MATCH (s:Track|Artist|Genre {id: $survivor}) WHERE $label IN labels(s)
CALL (a, s) {
  MATCH (a)-[r]->(o)
  WHERE NOT type(r) IN $left AND NOT EXISTS { MATCH (s)-[x]->(o) WHERE type(x) = type(r) } AND o <> s
  CREATE (s)-[n:$(type(r))]->(o)
  SET n = properties(r)
}
CALL (a, s) {
  MATCH (a)<-[r]-(o)
  WHERE NOT type(r) IN $left AND NOT EXISTS { MATCH (s)<-[x]-(o) WHERE type(x) = type(r) } AND o <> s
  CREATE (s)<-[n:$(type(r))]-(o)
  SET n = properties(r)
}
