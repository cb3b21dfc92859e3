"""Serve cases as Open311 service requests (GeoReport v2), in JSON and XML.

endpoints    what each address answers
query        filters and pages of a list
services     the topics as services
requests     a case as a service request
submission   a new request, checked, as a post of the inbox
keys         who may create requests
formats      rows as JSON or XML
answers      responses with their cache headers, errors as the standard's lists
"""
