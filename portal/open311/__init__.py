"""Serve cases as Open311 service requests (GeoReport v2), in JSON and XML.

endpoints    what each address answers
query        filters and pages of a list
listing      the cases that everybody may read
services     the topics as services
requests     a case as a service request
own_requests a request as the system that created it follows it, by its number
form         the fields of a POST
submission   a new request, checked, as a post of the inbox
creation     the address that takes it
updates      what happened to requests, and further messages of their citizens
keys, access who may create requests, and how many
formats      rows as JSON or XML
answers      responses with their cache headers, errors as the standard's lists
"""
