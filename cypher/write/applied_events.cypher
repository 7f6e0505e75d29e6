// Which of these events were never counted; from now on they were. For logs that may hold an event twice.
// params: ids, days
// returns: fresh
UNWIND range(0, size($ids) - 1) AS i
MERGE (e:AppliedEvent {id: $ids[i]})
  ON CREATE SET e.isNew = true, e.day = $days[i]
WITH i, e
WHERE e.isNew
REMOVE e.isNew
RETURN collect(i) AS fresh
