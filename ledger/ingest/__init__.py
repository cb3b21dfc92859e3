"""Store what comes in: pages, cursors, gaps, costs and deletion checks."""
