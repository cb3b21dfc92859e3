"""Name departments in the language of a report."""

from core.config.city import City
from reports.build.statistics import Numbers


def with_department_names(n: Numbers, city: City, language: str) -> Numbers:
    """Return the numbers with each department named in a language.

    What was asked for keeps the stored name, by which its links find the cases.
    """

    def named(department: str | None) -> str | None:
        return None if department is None else city.display_name("department", department, language)

    outlook, incident = n.outlook, n.incident
    if outlook is not None:
        outlook = outlook.model_copy(
            update={"due": tuple(one.model_copy(update={"department": named(one.department)}) for one in outlook.due)}
        )
    if incident is not None:
        incident = incident.model_copy(update={"department": named(incident.department)})
    departments = tuple(one.model_copy(update={"department": named(one.department)}) for one in n.departments)
    return n.model_copy(update={"departments": departments, "outlook": outlook, "incident": incident})
