// Everybody of whom an import told plays; without those whose plays are live events alone.
// params: none
// returns: id
MATCH (u:User)
WHERE EXISTS { MATCH (u)-[r:PLAYED]->() WHERE coalesce(r.importedCount, 1) > 0 }
RETURN u.id AS id
