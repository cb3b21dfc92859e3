"""Keep and explain the input of forms that were not accepted."""
