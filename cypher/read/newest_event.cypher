// The time of the newest event that the graph has seen, unix seconds; no row before the first.
// params: none
// returns: newestAt
MATCH (w:Watermark {id: 'events'})
RETURN w.newestAt AS newestAt
