"""Train and measure: tools for developers, not needed in operation."""
