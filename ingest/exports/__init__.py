"""What people take with them: a playlist as a file that others read, and everything known of a user."""
