"""What goes through Redis: events as they happen, replies to who waits, wake-ups. Nothing here is the truth; rows are."""
