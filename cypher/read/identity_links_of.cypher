// All relationships of one node, bookkeeping left out.
// params: label, id
// returns: type, sourceLabel, source, targetLabel, target, properties
MATCH (n:Track|Artist|Genre {id: $id})
WHERE $label IN labels(n)
MATCH (n)-[r]-(o)
WHERE NOT o:Identity
WITH DISTINCT r
RETURN type(r) AS type, labels(startNode(r))[0] AS sourceLabel, startNode(r).id AS source,
       labels(endNode(r))[0] AS targetLabel, endNode(r).id AS target, properties(r) AS properties
ORDER BY type, source, target
