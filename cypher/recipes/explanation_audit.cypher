// The reasons shown in Discover Weeklys: how many tracks have one, by source.
// params: none
// returns: source, tracks, withReason, share
MATCH (:Playlist {kind: 'DISCOVER_WEEKLY'})-[c:CONTAINS]->(:Track)
WITH c.source AS source, count(c) AS tracks, count(CASE WHEN coalesce(c.reason, '') <> '' THEN 1 END) AS withReason
RETURN source, tracks, withReason, round(1.0 * withReason / tracks, 4) AS share ORDER BY tracks DESC, source
