// What was known of a listener at a moment: plays as lists in step and in no order, what they block and dislike.
// params: user, asOf, firsts
// returns: id, name, timeZone, country, allowExplicit, track, count, lastAt, skips, blocked, disliked, applied, followed, followedArtists, firstAt, liked, edits
// What they decided about their taste (edits) comes along; when each track was first played, only where that is asked for
// (firsts) or an edit may want it: else the list is empty.
// Also how far the event logs had been applied: what is behind that is laid over the answer. And the last plays of those
// whom they follow: more of each for somebody who has played nothing.
MATCH (u:User {id: $user})
WITH u, COLLECT {
  MATCH (u)-[:EDITED]->(e:ProfileEdit)
  WHERE e.undoneAt IS NULL
  RETURN e {.*, about: COLLECT { MATCH (e)-[:ABOUT]->(x) RETURN x.id }}
} AS edits
WITH u, edits, $firsts OR size(edits) > 0 AS isAsked
CALL (u, isAsked) {
  MATCH (u)-[r:PLAYED]->(t:Track)
  WHERE r.firstAt <= $asOf
  // Of a track played before and after the moment only the first play is known for certain; as `graph.past` has it.
  WITH t, r, r.lastAt <= $asOf AS isPast, isAsked
  RETURN collect(t.id) AS track,
         collect(CASE WHEN isPast OR coalesce(r.count, 0) < 1 THEN r.count ELSE 1 END) AS count,
         collect(CASE WHEN isPast THEN r.lastAt ELSE r.firstAt END) AS lastAt,
         collect(CASE WHEN isPast THEN coalesce(r.skips, 0) ELSE 0 END) AS skips,
         collect(CASE WHEN isAsked THEN r.firstAt END) AS firstAt
}
WITH u, u.id AS id, u.name AS name, u.timeZone AS timeZone, u.country AS country, u.allowExplicit AS allowExplicit,
       track, count, lastAt, skips, firstAt, edits,
       COLLECT { MATCH (u)-[b:BLOCKED]->(x) WHERE b.until IS NULL OR b.until > $asOf RETURN x.id } AS blocked,
       COLLECT { MATCH (u)-[:DISLIKED]->(x) RETURN x.id } AS disliked,
       COLLECT { MATCH (u)-[l:LIKED]->(t:Track) WHERE l.at <= $asOf RETURN [t.id, l.at] } AS liked,
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
RETURN id, name, timeZone, country, allowExplicit, track, count, lastAt, skips, blocked, disliked, applied, followed, followedArtists,
       firstAt, liked, edits
