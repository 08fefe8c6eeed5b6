"""What exists: agents, their immutable versions, the checks a version passes, and the deployments that made it live."""
