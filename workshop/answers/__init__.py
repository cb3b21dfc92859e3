"""Train and measure the matcher of known answers: `make train-answers`, `make score-answers`."""
