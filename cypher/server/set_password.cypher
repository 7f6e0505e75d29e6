// Replaces the password that a fresh server comes with. Runs on the system database.
// params: old, new
// returns: none
ALTER CURRENT USER SET PASSWORD FROM $old TO $new
