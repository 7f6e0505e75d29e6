// Does the database answer?
// params: none
// returns: answer
RETURN 1 AS answer
