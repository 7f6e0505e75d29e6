// What was known of a listener at a moment: plays as lists in step and in no order, what they block and dislike.
// params: user, asOf
// returns: id, name, timeZone, allowExplicit, track, count, lastAt, skips, blocked, disliked, applied
// Also how far the event logs had been applied: what is behind that is laid over the answer.
MATCH (u:User {id: $user})
CALL (u) {
  MATCH (u)-[r:PLAYED]->(t:Track)
  WHERE r.firstAt <= $asOf
  // Of a track played before and after the moment only the first play is known for certain.
  WITH t, r, r.lastAt <= $asOf AS isPast
  RETURN collect(t.id) AS track,
         collect(CASE WHEN isPast THEN r.count ELSE 1 END) AS count,
         collect(CASE WHEN isPast THEN r.lastAt ELSE r.firstAt END) AS lastAt,
         collect(CASE WHEN isPast THEN coalesce(r.skips, 0) ELSE 0 END) AS skips
}
WITH u.id AS id, u.name AS name, u.timeZone AS timeZone, u.allowExplicit AS allowExplicit,
       track, count, lastAt, skips,
       COLLECT { MATCH (u)-[b:BLOCKED]->(x) WHERE b.until IS NULL OR b.until > $asOf RETURN x.id } AS blocked,
       COLLECT { MATCH (u)-[:DISLIKED]->(x) RETURN x.id } AS disliked,
       COLLECT { MATCH (o:AppliedOffset) RETURN {log: o.id, positions: o.positions} } AS applied
RETURN id, name, timeZone, allowExplicit, track, count, lastAt, skips, blocked, disliked, applied
