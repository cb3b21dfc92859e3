"""Render the panels that `dashboards/boards` describes: charts, tables, HTML, CSV.

`charts` is called by the desk and by reports.
"""
