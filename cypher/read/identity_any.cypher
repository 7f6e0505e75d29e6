// Whether any two records have been merged at all.
// params: none
// returns: id
MATCH (r:SourceRecord)
RETURN r.id AS id
LIMIT 1
