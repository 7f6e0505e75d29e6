// How the plays fall on the tracks, from the most played tenth to the least: the tail's share.
// params: none
// returns: decile, tracks, plays, share
MATCH (t:Track) WHERE t.playCount > 0
WITH t.playCount AS plays ORDER BY plays DESC
WITH collect(plays) AS sorted
WITH sorted, size(sorted) AS n, reduce(sum = 0, x IN sorted | sum + x) AS total
UNWIND range(0, 9) AS i
WITH i, total, sorted[toInteger(i * n / 10)..toInteger((i + 1) * n / 10)] AS part
WITH i, total, size(part) AS tracks, reduce(sum = 0, x IN part | sum + x) AS plays
RETURN i + 1 AS decile, tracks, plays, round(1.0 * plays / total, 4) AS share ORDER BY decile
