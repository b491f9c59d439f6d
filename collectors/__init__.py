"""The outside world: tools' metadata to OpenLineage events, and OpenLineage events to assertions."""
