"""Query answers, questions asked back, known answers and votes."""
