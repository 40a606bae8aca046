"""The REST interface under /api/v1: thin, each route asks a service and shapes its answer."""
