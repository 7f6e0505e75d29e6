// Remembers the time of the newest event that the graph has seen; never goes back.
// params: at
// returns: newestAt
MERGE (w:Watermark {id: 'events'})
SET w.newestAt = CASE WHEN w.newestAt > $at THEN w.newestAt ELSE $at END
RETURN w.newestAt AS newestAt
