// Which databases there are, and why one is not online. Runs on the system database.
// params: none
// returns: name, currentStatus, statusMessage
SHOW DATABASES YIELD name, currentStatus, statusMessage
RETURN name, currentStatus, statusMessage
ORDER BY name
