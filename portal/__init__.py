"""Serve the citizens' pages and the public interfaces.

Runs as a separate process on a separate port (`escucha portal`), so that nothing of the desk is reachable where citizens are. It reads
through `ledger.read` and `search.queries`; what citizens send enters by the same door as the web form's posts (`pipeline.steps.receive`).
Nothing that it returns without a token has a post's author, a text that the profile does not allow, or an exact point.

    app         all routes
    server      the process
    site        what the pages share: context, page cache, limits
    rendering   template, language, formats
    pages       report, my case, ask, open problems, response times, open data, notice
    open311     GeoReport v2: services, requests, new requests with a key
    api         the read API and MCP, for systems with a token
    versions    monthly versions of the open data
    static_files    the pages and the open data as files for a web server
"""
