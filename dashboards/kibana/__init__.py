"""Write the panels as Kibana saved objects.

They are imported by hand or pushed.
"""
