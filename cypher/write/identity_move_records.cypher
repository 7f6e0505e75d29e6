// Hangs all records of one node onto another, before the first goes.
// params: label, absorbed, survivor
// returns: none
MATCH (a:Track|Artist|Genre {id: $absorbed}) WHERE $label IN labels(a)
MATCH (s:Track|Artist|Genre {id: $survivor}) WHERE $label IN labels(s)
MATCH (a)<-[old:RECORD_OF]-(r:Identity)
DELETE old
MERGE (r)-[:RECORD_OF]->(s)
