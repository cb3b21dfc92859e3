"""Query what the work on cases needs: cases, incidents, answers, histories."""
