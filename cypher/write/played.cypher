// Writes which tracks users played; what live events added since an earlier import stays, the same import adds nothing.
// params: source, target, count, completed, skips, saves, weight, weightAt, firstAt, lastAt, eFoldingS
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User {id: $source[i]})
MATCH (t:Track {id: $target[i]})
MERGE (s)-[r:PLAYED]->(t)
  ON CREATE SET
    r.count = $count[i], r.completed = $completed[i], r.skips = $skips[i], r.saves = $saves[i],
    r.weight = $weight[i], r.weightAt = $weightAt[i], r.firstAt = $firstAt[i], r.lastAt = $lastAt[i],
    r.importedCount = $count[i], r.importedCompleted = $completed[i], r.importedSkips = $skips[i],
    r.importedSaves = $saves[i], r.importedWeight = $weight[i], r.importedWeightAt = $weightAt[i]
CALL (i, r) {
  WITH i, r
  // null, where live events made the relationship, counts as another import
  WHERE NOT coalesce(r.importedCount = $count[i]
    AND r.importedWeight = $weight[i] AND r.importedWeightAt = $weightAt[i]
    AND coalesce(r.importedCompleted, 0) = coalesce($completed[i], 0)
    AND coalesce(r.importedSkips, 0) = coalesce($skips[i], 0)
    AND coalesce(r.importedSaves, 0) = coalesce($saves[i], 0), false)
  // without the former import, with this one, both carried to the time of this one
  SET r.weight = $weight[i]
        + coalesce(r.weight * exp((r.weightAt - $weightAt[i]) / $eFoldingS), 0.0)
        - coalesce(r.importedWeight * exp((r.importedWeightAt - $weightAt[i]) / $eFoldingS), 0.0),
      r.weightAt = $weightAt[i],
      r.count = coalesce(r.count, 0) + $count[i] - coalesce(r.importedCount, 0),
      r.completed = coalesce(r.completed, 0) + coalesce($completed[i], 0) - coalesce(r.importedCompleted, 0),
      r.skips = coalesce(r.skips, 0) + coalesce($skips[i], 0) - coalesce(r.importedSkips, 0),
      r.saves = coalesce(r.saves, 0) + coalesce($saves[i], 0) - coalesce(r.importedSaves, 0),
      r.firstAt = CASE WHEN r.firstAt < $firstAt[i] THEN r.firstAt ELSE $firstAt[i] END,
      r.lastAt = CASE WHEN r.lastAt > $lastAt[i] THEN r.lastAt ELSE $lastAt[i] END
  SET r.importedWeight = $weight[i], r.importedWeightAt = $weightAt[i], r.importedCount = $count[i],
      r.importedCompleted = $completed[i], r.importedSkips = $skips[i], r.importedSaves = $saves[i]
}
RETURN collect(i) AS written
