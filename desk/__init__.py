"""Serve the staff's web pages: posts, case book, dashboards, sources.

Two pages are for citizens: response times and the data protection notice.

    app         all routes
    lens        period, comparison and filters of every page
    shell       what the frame of every page shows
    pages       one file for each page; `forms` and those named after a page's changes handle what staff send
    auth        users, passwords, sessions, rights
    http        limits of requests
    templates   HTML; its words are translated by `locale/es/desk.po`
"""
