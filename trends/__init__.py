"""Find unusual rises in what citizens write, and forecast counts.

Pure functions over counts, times and vectors: no I/O, no clock. `warnings` turns sightings (a post's time, author and subjects) into
episodes; `emerging` groups vectors that no service covers; `lifecycle` compares episodes with stored alerts; `forecast` predicts counts.
Invariants: the order of the input changes nothing; one author, and one text, count once; the same input gives the same alerts.
"""
