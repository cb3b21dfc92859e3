"""Take what citizens do on the portal, and mail them what changes."""
