// Why records of several sources became one node, and how often.
// params: none
// returns: label, reason, merges
MATCH (r:Merge)
RETURN r.label AS label, r.reason AS reason, count(r) AS merges ORDER BY merges DESC, label, reason
