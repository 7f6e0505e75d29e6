// Applies PLAY, SKIP, REPEAT, SAVE, UNSAVE, LIKE and ADD_TO_PLAYLIST events that were not applied before.
// params: events, save, eFoldingS
// returns: applied
// Each pair of user and track is touched once, with the sum of its events. An UNSAVE takes back every save that is not
// newer, whichever of the two arrives first: that is why the times of the living saves are kept. What an import wrote is
// remembered, so that importing again can tell its part from ours.
UNWIND $events AS event
MATCH (u:User {id: event.user})
MATCH (t:Track {id: event.target})
MERGE (e:AppliedEvent {id: event.id})
  ON CREATE SET e.isNew = true, e.kind = event.kind, e.at = event.at, e.userId = event.user, e.targetId = event.target,
    e.listenedMs = event.listenedMs
WITH u, t, e, event
WHERE e.isNew
REMOVE e.isNew
WITH u, t, collect(event) AS events, max(event.at) AS newest, min(event.at) AS oldest,
     sum(event.plays) AS plays, sum(event.completed) AS completed, sum(event.skips) AS skips,
     max(CASE WHEN event.kind = 'UNSAVE' THEN event.at END) AS unsaved,
     max(CASE WHEN event.kind = 'LIKE' THEN event.at END) AS liked
OPTIONAL MATCH (u)-[s:SAVED]->(t)
MERGE (u)-[r:PLAYED]->(t)
  ON CREATE SET r.importedCount = 0, r.importedCompleted = 0, r.importedSkips = 0, r.importedSaves = 0,
    r.importedWeight = 0.0, r.importedWeightAt = newest
  ON MATCH SET
    r.importedCount = coalesce(r.importedCount, r.count),
    r.importedCompleted = coalesce(r.importedCompleted, r.completed, 0),
    r.importedSkips = coalesce(r.importedSkips, r.skips, 0),
    r.importedSaves = coalesce(r.importedSaves, r.saves, 0),
    r.importedWeight = coalesce(r.importedWeight, r.weight),
    r.importedWeightAt = coalesce(r.importedWeightAt, r.weightAt)
WITH u, t, s, r, events, newest, oldest, plays, completed, skips, liked,
     CASE WHEN r.weightAt > newest THEN r.weightAt ELSE newest END AS at,
     CASE WHEN r.unsavedAt > unsaved THEN r.unsavedAt ELSE coalesce(unsaved, r.unsavedAt) END AS unsavedAt,
     coalesce(r.savesAt, CASE WHEN s.at IS NULL THEN [] ELSE [s.at] END) AS savesAt
WITH u, t, s, r, events, newest, oldest, plays, completed, skips, liked, at, unsavedAt,
     [x IN savesAt WHERE unsavedAt IS NULL OR x > unsavedAt] AS kept,
     [x IN savesAt WHERE x <= unsavedAt] AS dropped,
     [x IN events WHERE x.kind = 'SAVE' AND (unsavedAt IS NULL OR x.at > unsavedAt) | x.at] AS fresh
SET r.weight = coalesce(r.weight * exp((r.weightAt - at) / $eFoldingS), 0.0)
      + reduce(sum = 0.0, x IN events | sum + x.value * exp((x.at - at) / $eFoldingS))
      + reduce(sum = 0.0, x IN fresh | sum + $save * exp((x - at) / $eFoldingS))
      - reduce(sum = 0.0, x IN dropped | sum + $save * exp((x - at) / $eFoldingS)),
    r.weightAt = at,
    r.count = coalesce(r.count, 0) + plays,
    r.completed = coalesce(r.completed, 0) + completed,
    r.skips = coalesce(r.skips, 0) + skips,
    r.saves = coalesce(r.saves, 0) + size(fresh) - size(dropped),
    r.savesAt = kept + fresh,
    r.unsavedAt = unsavedAt,
    r.firstAt = CASE WHEN r.firstAt < oldest THEN r.firstAt ELSE oldest END,
    r.lastAt = CASE WHEN r.lastAt > newest THEN r.lastAt ELSE newest END
FOREACH (old IN CASE WHEN size(kept) + size(fresh) = 0 THEN [s] ELSE [] END | DELETE old)
FOREACH (save IN fresh |
  MERGE (u)-[now:SAVED]->(t)
  SET now.at = CASE WHEN now.at > save THEN now.at ELSE save END)
FOREACH (like IN CASE WHEN liked IS NULL THEN [] ELSE [liked] END |
  MERGE (u)-[l:LIKED]->(t)
  SET l.at = CASE WHEN l.at > like THEN l.at ELSE like END)
UNWIND events AS event
RETURN collect(event.id) AS applied
