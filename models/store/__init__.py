"""What lasts: every user's source examples, a frozen evaluation set, and every edit that was ever made of them."""
