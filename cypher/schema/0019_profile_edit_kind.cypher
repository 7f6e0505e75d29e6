// Edits of taste profiles are found by their kind: who wants no personal answers is asked for again and again.
// params: none
// returns: none
CREATE INDEX profile_edit_kind IF NOT EXISTS FOR (n:ProfileEdit) ON (n.kind)
