"""Fine-tune the encoder, and fit the weights of places."""
