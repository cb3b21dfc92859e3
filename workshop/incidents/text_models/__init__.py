"""Train text models of "the same incident" and measure them."""
