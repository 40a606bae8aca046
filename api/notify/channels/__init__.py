"""Ways to reach people; one file each, found by a scan of this folder."""
