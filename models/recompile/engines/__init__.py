"""Where units of work run: in this process, in several, or on a cluster. The results depend on none of that."""
