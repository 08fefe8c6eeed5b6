"""What goes through Redis: events as they happen, replies to who waits, wake-ups. The truth is in the rows."""
