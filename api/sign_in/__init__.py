"""The pages before and beside the desk: sign in, change the password, make the first admin. No scripts."""
