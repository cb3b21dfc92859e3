"""Change cases as people decide: workflow, reviews, corrections, rulings; every step is in the history."""
