"""A request's life: admit, route, pin, enqueue, run, settle; its spans, its events, and their live streams."""
