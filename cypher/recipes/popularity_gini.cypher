// How unevenly the plays fall on the tracks: 0 all alike, 1 all on one.
// params: none
// returns: tracks, plays, gini
MATCH (t:Track) WHERE t.playCount > 0
WITH t.playCount AS plays ORDER BY plays
WITH collect(plays) AS sorted
WITH sorted, size(sorted) AS n
UNWIND range(0, n - 1) AS i
WITH n, sum(sorted[i]) AS total, sum((2 * (i + 1) - n - 1) * sorted[i]) AS weighted
RETURN n AS tracks, total AS plays, round(1.0 * weighted / (n * total), 4) AS gini
