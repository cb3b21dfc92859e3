"""Render a report as page, PDF, mail, slides, workbook; publish open data."""
