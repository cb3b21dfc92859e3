"""Export a trained network: quantised, calibrated, with a manifest."""
