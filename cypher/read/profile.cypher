// What was known of a listener at a moment: plays as lists in step and in no order, what they block and dislike.
// params: user, asOf
// returns: id, name, timeZone, allowExplicit, track, count, lastAt, skips, blocked, disliked, applied, followed, followedArtists
// Also how far the event logs had been applied: what is behind that is laid over the answer. And the last plays of those
// whom they follow: more of each for somebody who has played nothing.
MATCH (u:User {id: $user})
CALL (u) {
  MATCH (u)-[r:PLAYED]->(t:Track)
  WHERE r.firstAt <= $asOf
  // Of a track played before and after the moment only the first play is known for certain; as `graph.past` has it.
  WITH t, r, r.lastAt <= $asOf AS isPast
  RETURN collect(t.id) AS track,
         collect(CASE WHEN isPast OR coalesce(r.count, 0) < 1 THEN r.count ELSE 1 END) AS count,
         collect(CASE WHEN isPast THEN r.lastAt ELSE r.firstAt END) AS lastAt,
         collect(CASE WHEN isPast THEN coalesce(r.skips, 0) ELSE 0 END) AS skips
}
WITH u, u.id AS id, u.name AS name, u.timeZone AS timeZone, u.allowExplicit AS allowExplicit,
       track, count, lastAt, skips,
       COLLECT { MATCH (u)-[b:BLOCKED]->(x) WHERE b.until IS NULL OR b.until > $asOf RETURN x.id } AS blocked,
       COLLECT { MATCH (u)-[:DISLIKED]->(x) RETURN x.id } AS disliked,
       COLLECT { MATCH (u)-[:FOLLOWS]->(a:Artist) RETURN a.id } AS followedArtists,
       COLLECT { MATCH (o:AppliedOffset) RETURN {log: o.id, positions: o.positions} } AS applied
CALL (u, track) {
  MATCH (u)-[:FOLLOWS]->(f:User)
  WITH DISTINCT track, f ORDER BY f.id LIMIT 50
  CALL (f, track) {
    MATCH (f)-[r:PLAYED]->(t:Track)
    WHERE r.lastAt <= $asOf AND r.count > 0
    WITH t, r ORDER BY r.lastAt DESC, t.id LIMIT 200
    WITH collect({track: t.id, count: r.count, lastAt: r.lastAt}) AS last
    RETURN last[..CASE WHEN size(track) = 0 THEN 200 ELSE 20 END] AS plays
  }
  WITH plays WHERE size(plays) > 0
  RETURN collect(plays) AS followed
}
RETURN id, name, timeZone, allowExplicit, track, count, lastAt, skips, blocked, disliked, applied, followed, followedArtists
