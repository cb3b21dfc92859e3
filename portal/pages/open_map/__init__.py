"""Draw the open problems on a map of the districts.

The drawing is made for each width of screen, because marks and names keep their size in pixels while the districts do not.

    marks       which problems share a mark, so that no mark covers another
    drawing     outlines, marks, and the names of districts that have room beside them
"""
