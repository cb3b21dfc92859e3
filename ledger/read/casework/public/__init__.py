"""Query what citizens may see of cases."""
