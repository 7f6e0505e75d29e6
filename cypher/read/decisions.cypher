// What a listener decided, and nothing that they did: all that is asked of somebody who wants no personal answers.
// params: user, asOf
// returns: id, name, timeZone, country, allowExplicit, blocked, applied, edits
MATCH (u:User {id: $user})
RETURN u.id AS id, u.name AS name, u.timeZone AS timeZone, u.country AS country, u.allowExplicit AS allowExplicit,
       COLLECT { MATCH (u)-[b:BLOCKED]->(x) WHERE b.until IS NULL OR b.until > $asOf RETURN x.id } AS blocked,
       COLLECT { MATCH (o:AppliedOffset) RETURN {log: o.id, positions: o.positions} } AS applied,
       COLLECT {
         MATCH (u)-[:EDITED]->(e:ProfileEdit)
         WHERE e.undoneAt IS NULL
         RETURN e {.*, about: COLLECT { MATCH (e)-[:ABOUT]->(x) RETURN x.id }}
       } AS edits
