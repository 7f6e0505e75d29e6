// No two nodes of label ProfileEdit have the same id.
// params: none
// returns: none
CREATE CONSTRAINT profile_edit_id IF NOT EXISTS FOR (n:ProfileEdit) REQUIRE n.id IS UNIQUE
