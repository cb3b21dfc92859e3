"""Hold the steps, one module each; `pipeline` lists them in order."""
