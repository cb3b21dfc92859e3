"""Makes the gazetteer folder of any city from an extract of OpenStreetMap or a council's table."""
