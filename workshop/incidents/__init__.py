"""Train and measure incident matching: `make train-incidents`, `make score-incidents`."""
