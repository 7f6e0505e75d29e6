// Records one applied migration.
// params: id, name, digest, at
// returns: none
MERGE (v:SchemaVersion {id: $id})
SET v.name = $name, v.digest = $digest, v.appliedAt = $at
