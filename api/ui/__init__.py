"""Desk pages: server-side, in English and 简体中文, over the same services as the REST routes."""
