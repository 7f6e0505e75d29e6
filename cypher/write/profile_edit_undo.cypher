// Takes an edit of a taste profile back; one that was taken back keeps its time. No row where there is no such edit.
// params: user, number, at
// returns: number
MATCH (u:User {id: $user})-[:EDITED]->(e:ProfileEdit {number: $number})
SET u.editedAt = $at, e.undoneAt = coalesce(e.undoneAt, $at)
RETURN e.number AS number
