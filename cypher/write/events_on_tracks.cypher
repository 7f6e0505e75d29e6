// Adds PLAY, SKIP, REPEAT, SAVE, UNSAVE, LIKE and ADD_TO_PLAYLIST events to PLAYED, SAVED and LIKED; one row for each pair.
// params: pairs, save, eFoldingS
// returns: written
// A row is the sum of new events of one user about one track: value is their weight at the newest of them, the saves'
// left out. An UNSAVE takes back every save that is not newer, whichever of the two arrives first: that is why the times
// of the living saves are kept. What an import wrote is remembered, so that importing again can tell its part from ours.
UNWIND $pairs AS pair
MATCH (u:User {id: pair.user})
MATCH (t:Track {id: pair.target})
OPTIONAL MATCH (u)-[s:SAVED]->(t)
MERGE (u)-[r:PLAYED]->(t)
  ON CREATE SET r.importedCount = 0, r.importedCompleted = 0, r.importedSkips = 0, r.importedSaves = 0,
    r.importedWeight = 0.0, r.importedWeightAt = pair.newest
  ON MATCH SET
    r.importedCount = coalesce(r.importedCount, r.count),
    r.importedCompleted = coalesce(r.importedCompleted, r.completed, 0),
    r.importedSkips = coalesce(r.importedSkips, r.skips, 0),
    r.importedSaves = coalesce(r.importedSaves, r.saves, 0),
    r.importedWeight = coalesce(r.importedWeight, r.weight),
    r.importedWeightAt = coalesce(r.importedWeightAt, r.weightAt)
WITH u, t, s, r, pair,
     CASE WHEN r.weightAt > pair.newest THEN r.weightAt ELSE pair.newest END AS at,
     CASE WHEN r.unsavedAt > pair.unsaved THEN r.unsavedAt ELSE coalesce(pair.unsaved, r.unsavedAt) END AS unsavedAt,
     coalesce(r.savesAt, CASE WHEN s.at IS NULL THEN [] ELSE [s.at] END) AS savesAt
WITH u, t, s, r, pair, at, unsavedAt,
     [x IN savesAt WHERE unsavedAt IS NULL OR x > unsavedAt] AS kept,
     [x IN savesAt WHERE x <= unsavedAt] AS dropped,
     [x IN pair.saves WHERE unsavedAt IS NULL OR x > unsavedAt] AS fresh
SET r.weight = coalesce(r.weight * exp((r.weightAt - at) / $eFoldingS), 0.0)
      + pair.value * exp((pair.newest - at) / $eFoldingS)
      + reduce(sum = 0.0, x IN fresh | sum + $save * exp((x - at) / $eFoldingS))
      - reduce(sum = 0.0, x IN dropped | sum + $save * exp((x - at) / $eFoldingS)),
    r.weightAt = at,
    r.count = coalesce(r.count, 0) + pair.plays,
    r.completed = coalesce(r.completed, 0) + pair.completed,
    r.skips = coalesce(r.skips, 0) + pair.skips,
    r.saves = coalesce(r.saves, 0) + size(fresh) - size(dropped),
    r.savesAt = kept + fresh,
    r.unsavedAt = unsavedAt,
    r.firstAt = CASE WHEN r.firstAt < pair.oldest THEN r.firstAt ELSE pair.oldest END,
    r.lastAt = CASE WHEN r.lastAt > pair.newest THEN r.lastAt ELSE pair.newest END
FOREACH (old IN CASE WHEN size(kept) + size(fresh) = 0 THEN [s] ELSE [] END | DELETE old)
FOREACH (save IN fresh |
  MERGE (u)-[now:SAVED]->(t)
  SET now.at = CASE WHEN now.at > save THEN now.at ELSE save END)
FOREACH (like IN CASE WHEN pair.liked IS NULL THEN [] ELSE [pair.liked] END |
  MERGE (u)-[l:LIKED]->(t)
  SET l.at = CASE WHEN l.at > like THEN l.at ELSE like END)
RETURN count(*) AS written
