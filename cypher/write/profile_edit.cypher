// Keeps an edit of a listener's taste profile; the same id again changes nothing. No row where there is no such user.
// params: user, id, kind, target, name, label, since, until, level, at
// returns: number
// Setting a property of the user first takes their lock: two edits at once get two numbers.
MATCH (u:User {id: $user})
SET u.editedAt = $at
WITH u, COUNT { (u)-[:EDITED]->(:ProfileEdit) } + 1 AS next
MERGE (e:ProfileEdit {id: $id})
  ON CREATE SET
    e.number = next, e.kind = $kind, e.target = $target, e.name = $name, e.label = $label,
    e.since = $since, e.until = $until, e.level = $level, e.at = $at
MERGE (u)-[:EDITED]->(e)
WITH e
OPTIONAL MATCH (x:Track|Artist|Genre|Playlist {id: $target})
WHERE $label IN labels(x)
FOREACH (about IN CASE WHEN x IS NULL THEN [] ELSE [x] END | MERGE (e)-[:ABOUT]->(about))
RETURN e.number AS number
