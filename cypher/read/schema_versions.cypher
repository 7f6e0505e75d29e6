// Which migrations were applied, oldest first.
// params: none
// returns: id, digest, appliedAt
MATCH (v:SchemaVersion)
RETURN v.id AS id, v.digest AS digest, v.appliedAt AS appliedAt
ORDER BY id
