// Writes who played a merged track: as write/played does, with what each record of a source said of it.
// params: source, target, count, completed, skips, saves, weight, weightAt, firstAt, lastAt, said, eFoldingS
// returns: written
// The imported part of a sum is remembered (importedCount ...) by the first live event; until then all of it is imported.
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User {id: $source[i]})
MATCH (t:Track {id: $target[i]})
MERGE (s)-[r:PLAYED]->(t)
  ON CREATE SET
    r.count = $count[i], r.completed = $completed[i], r.skips = $skips[i], r.saves = $saves[i],
    r.weight = $weight[i], r.weightAt = $weightAt[i], r.firstAt = $firstAt[i], r.lastAt = $lastAt[i]
CALL (i, r) {
  WITH i, r
  WHERE coalesce(r.importedCount, r.count) <> $count[i]
    OR coalesce(r.importedWeight, r.weight) <> $weight[i]
    OR coalesce(r.importedWeightAt, r.weightAt) <> $weightAt[i]
    OR coalesce(r.importedCompleted, r.completed, 0) <> coalesce($completed[i], 0)
    OR coalesce(r.importedSkips, r.skips, 0) <> coalesce($skips[i], 0)
    OR coalesce(r.importedSaves, r.saves, 0) <> coalesce($saves[i], 0)
  // without the former import, with this one, both carried to the time of this one
  SET r.weight = $weight[i]
        + r.weight * exp((r.weightAt - $weightAt[i]) / $eFoldingS)
        - coalesce(r.importedWeight, r.weight)
          * exp((coalesce(r.importedWeightAt, r.weightAt) - $weightAt[i]) / $eFoldingS),
      r.count = r.count + $count[i] - coalesce(r.importedCount, r.count),
      r.completed = coalesce(r.completed, 0) + coalesce($completed[i], 0) - coalesce(r.importedCompleted, r.completed, 0),
      r.skips = coalesce(r.skips, 0) + coalesce($skips[i], 0) - coalesce(r.importedSkips, r.skips, 0),
      r.saves = coalesce(r.saves, 0) + coalesce($saves[i], 0) - coalesce(r.importedSaves, r.saves, 0),
      r.firstAt = CASE WHEN r.firstAt < $firstAt[i] THEN r.firstAt ELSE $firstAt[i] END,
      r.lastAt = CASE WHEN r.lastAt > $lastAt[i] THEN r.lastAt ELSE $lastAt[i] END
  SET r.weightAt = $weightAt[i],
      r.importedWeight = CASE WHEN r.importedWeight IS NULL THEN null ELSE $weight[i] END,
      r.importedWeightAt = CASE WHEN r.importedWeightAt IS NULL THEN null ELSE $weightAt[i] END,
      r.importedCount = CASE WHEN r.importedCount IS NULL THEN null ELSE $count[i] END,
      r.importedCompleted = CASE WHEN r.importedCompleted IS NULL THEN null ELSE coalesce($completed[i], 0) END,
      r.importedSkips = CASE WHEN r.importedSkips IS NULL THEN null ELSE coalesce($skips[i], 0) END,
      r.importedSaves = CASE WHEN r.importedSaves IS NULL THEN null ELSE coalesce($saves[i], 0) END
}
SET r.said = $said[i],
    r.completed = CASE WHEN $completed[i] IS NULL AND r.completed = 0 THEN null ELSE r.completed END,
    r.skips = CASE WHEN $skips[i] IS NULL AND r.skips = 0 THEN null ELSE r.skips END,
    r.saves = CASE WHEN $saves[i] IS NULL AND r.saves = 0 THEN null ELSE r.saves END
RETURN collect(i) AS written
