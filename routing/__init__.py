"""Which agent serves a text. `engine` decides and knows nothing of Django; `service` is what the floors above call."""
